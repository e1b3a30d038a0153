import { type Command, InvalidArgumentError } from "commander";
import { errorToText } from "../../errors.ts";
import type { Receipt } from "../../runtime/accept/accept.ts";
import { formatExamples } from "../arguments.ts";
import { type Client, useClient } from "../client.ts";
import { checkEventKnown } from "../known-events.ts";
import { formatProgress } from "../progress.ts";
import type { GlobalOptions } from "../project.ts";
import { sendFile } from "../send-file.ts";
import type { Terminal } from "../terminal.ts";

interface SendOptions {
  readonly payload?: unknown;
  readonly eventId?: string;
  readonly occurredAt?: string;
  readonly correlationId?: string;
  readonly file?: string;
  readonly json?: boolean;
}

/** `perdure send`: dispatches an event, or a file of them. */
export function addSend(program: Command, terminal: Terminal): void {
  program
    .command("send")
    .summary("send an event, or a file of them")
    .description("Send an event, or a file with one event per line. It is stored when the command ends, and handled by the worker.")
    .argument("[event]", "the event's type, such as OrderPlaced")
    .argument("[aggregateId]", "the aggregate it is about, such as order-1")
    .option("--payload <json>", "its payload", readJson)
    .option("--event-id <id>", "names the event: a second one of this name changes nothing")
    .option("--occurred-at <moment>", "when it occurred, as ISO 8601 (default: now)")
    .option("--correlation-id <id>", "what it belongs to")
    .option("--file <file>", "send the lines of this file instead, each an event as JSON; - is the standard input")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        [`perdure send OrderPlaced order-1 --payload '{"email":"ada@example.org"}'`, "one event"],
        ["perdure send --file events.jsonl", "many; repeat it after an interruption"],
        ["zcat events.jsonl.gz | perdure send --file -", "from a pipe"],
      ]),
    )
    .action(async (type: string | undefined, aggregateId: string | undefined, options: SendOptions, command: Command) => {
      const send = chooseWhatToSend(type, aggregateId, options, command);
      await useClient(program.opts<GlobalOptions>(), async (client) => {
        const accepted = await send(client, terminal);
        if (accepted > 0 && !client.hasWorker()) terminal.note("No worker runs: it is handled when one starts (`perdure start`).");
      });
    });
}

/** Resolves with how many events were accepted. */
type Send = (client: Client, terminal: Terminal) => Promise<number>;

function chooseWhatToSend(type: string | undefined, aggregateId: string | undefined, options: SendOptions, command: Command): Send {
  if (options.file !== undefined) {
    if (type !== undefined) command.error("error: send either one event or a --file, not both");
    return sendMany(options.file, options);
  }
  if (type === undefined || aggregateId === undefined) {
    return command.error("error: name the event and its aggregate, as in `perdure send OrderPlaced order-1`, or a file with --file");
  }
  return sendOne(type, aggregateId, options);
}

function sendOne(type: string, aggregateId: string, { file: _file, json, ...fields }: SendOptions): Send {
  return async ({ system }, terminal) => {
    checkEventKnown(type, system);
    const receipt = await system.dispatch({ type, aggregateId, ...fields });
    const explanation = explanations[receipt.outcome];
    if (json) terminal.printJson(receipt);
    else terminal.print(`${receipt.outcome}: ${type} ${aggregateId}, eventId ${receipt.eventId}`);
    if (!json && explanation !== undefined) terminal.note(explanation);
    return receipt.outcome === "accepted" ? 1 : 0;
  };
}

const explanations: Partial<Record<Receipt["outcome"], string>> = {
  duplicate: "An event of this eventId was accepted before; nothing has changed.",
  unrouted: "It starts no process, and no instance that it concerns is open: it was counted and not stored.",
};

function sendMany(file: string, { json }: SendOptions): Send {
  return async ({ system }, terminal) => {
    const onProgress = terminal.isLive ? (progress: Parameters<typeof formatProgress>[0]) => terminal.overwrite(formatProgress(progress)) : () => {};
    const counts = await sendFile(file, system, onProgress).finally(() => {
      if (terminal.isLive) terminal.overwrite("");
    });
    if (json) terminal.printJson(counts);
    else terminal.print(`${counts.accepted} accepted, ${counts.duplicate} duplicate, ${counts.unrouted} unrouted`);
    return counts.accepted;
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It is no JSON: ${errorToText(error)}.`);
  }
}
