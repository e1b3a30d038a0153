import { type Command, InvalidArgumentError } from "commander";
import { systemIds } from "../../platform/ids.ts";
import type { Receipt } from "../../runtime/commit/accept.ts";
import type { DispatchedEvent } from "../../definition/model/dispatched-event.ts";
import { formatExamples, type GivenJson, readJson } from "../terminal/arguments.ts";
import { type Client, useClient } from "../project/client.ts";
import { checkEventKnown } from "../project/known-events.ts";
import { formatProgress } from "../send/progress.ts";
import type { GlobalOptions } from "../project/project.ts";
import { CliError } from "../terminal/exit-codes.ts";
import { sendFile, SendInterruption } from "../send/send-file.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface SendOptions {
  readonly payload?: GivenJson;
  readonly eventId?: string;
  readonly occurredAt?: string;
  readonly correlationId?: string;
  readonly file?: string;
  readonly idPrefix?: string;
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
    .option(
      "--id-prefix <text>",
      "with --file: names the import, so that a line without an eventId counts once however often it is sent",
      readIdPrefix,
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        [`perdure send OrderPlaced order-1 --payload '{"email":"ada@example.org"}'`, "one event"],
        ["perdure send --file events.jsonl --id-prefix 2026-03-01", "many; repeat it after an interruption"],
        ["zcat events.jsonl.gz | perdure send --file -", "from a pipe"],
      ]),
    )
    .action(async (type: string | undefined, aggregateId: string | undefined, options: SendOptions, command: Command) => {
      const send = chooseWhatToSend(type, aggregateId, options, command);
      await useClient(program.opts<GlobalOptions>(), async (client) => {
        const accepted = await send(client, terminal);
        if (accepted > 0 && client.lacksWorker()) terminal.note("No worker runs: it is handled when one starts (`perdure start`).");
      });
    });
}

/** Resolves with how many events were accepted. */
type Send = (client: Client, terminal: Terminal) => Promise<number>;

function chooseWhatToSend(type: string | undefined, aggregateId: string | undefined, options: SendOptions, command: Command): Send {
  const { file, idPrefix, json, payload, ...fields } = options;
  if (file !== undefined) {
    if (type !== undefined) command.error("error: send either one event or a --file, not both");
    if (payload !== undefined || Object.keys(fields).length > 0)
      command.error("error: each line of a --file describes its own event: leave out the options about one event");
    return sendMany(file, options);
  }
  if (type === undefined || aggregateId === undefined) {
    return command.error("error: name the event and its aggregate, as in `perdure send OrderPlaced order-1`, or a file with --file");
  }
  if (idPrefix !== undefined) command.error("error: --id-prefix is for a --file; --event-id names one event");
  return sendOne({ type, aggregateId, ...fields, ...(payload !== undefined && { payload: payload.value }) }, json ?? false);
}

function sendOne(event: DispatchedEvent, json: boolean): Send {
  return async (client, terminal) => {
    await checkEventKnown(event.type, client);
    const receipt = await client.system.dispatch(event);
    const explanation = explanations[receipt.outcome];
    if (json) terminal.printJson(receipt);
    else terminal.print(`${receipt.outcome}: ${event.type} ${event.aggregateId}, eventId ${receipt.eventId}`);
    if (!json && explanation !== undefined) terminal.note(explanation);
    return receipt.outcome === "accepted" || receipt.outcome === "kept" ? 1 : 0;
  };
}

const explanations: Partial<Record<Receipt["outcome"], string>> = {
  duplicate: "An event with this eventId was accepted before; nothing has changed.",
  kept: "No instance that it concerns is open yet: it waits for one, as long as keepEarly says.",
  unrouted: "It starts no process, and no instance that it concerns is open: it was counted and not stored.",
};

function sendMany(file: string, { json, idPrefix }: SendOptions): Send {
  return async ({ system }, terminal) => {
    const prefix = idPrefix ?? systemIds.next();
    const again = idPrefix === undefined ? ` with --id-prefix ${prefix}` : " with the same --id-prefix";
    // The prefix is printed before anything is sent, so that whoever kills the command can continue the import.
    const onNameless = () => {
      if (idPrefix === undefined) terminal.note(`There are lines without an eventId. After an interruption, send the file again${again}.`);
    };
    const show = (line: string) => {
      if (terminal.isLive) terminal.overwrite(line);
    };
    try {
      const counts = await sendFile(
        { file, idPrefix: prefix, onProgress: (progress) => show(formatProgress(progress)), onNameless },
        system,
      );
      show("");
      if (json) terminal.printJson(counts);
      else
        terminal.print(
          `${counts.accepted} accepted, ${counts.kept === 0 ? "" : `${counts.kept} kept, `}${counts.duplicate} duplicate, ${counts.unrouted} unrouted`,
        );
      return counts.accepted + counts.kept;
    } catch (error) {
      show("");
      throw error instanceof SendInterruption ? explainInterruption(error, again, terminal) : error;
    }
  };
}

/** The error that has stopped the sending, with a hint that says how to continue. */
function explainInterruption({ cause, sentLines, hasNameless }: SendInterruption, again: string, terminal: Terminal): unknown {
  const sent = sentLines === 0 ? "Nothing was sent." : `All lines up to ${sentLines} were sent, and none after them.`;
  const hint = `${sent} Correct that, then send the file again${hasNameless ? again : ""}: what was accepted counts once.`;
  if (cause instanceof CliError) return new CliError(cause.exitCode, cause.problem, hint);
  terminal.note(hint);
  return cause;
}

function readIdPrefix(text: string): string {
  if (text.trim() !== "" && text.isWellFormed()) return text;
  throw new InvalidArgumentError("It has to name this import, and no other.");
}
