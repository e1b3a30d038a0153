import type { Command } from "commander";
import type { Status } from "../../definition/model/instance.ts";
import { errorToText } from "../../errors.ts";
import { createJournalFollower } from "../../observe/inspection/journal-follower.ts";
import { keepLooking, watchForeign } from "../../store/watch.ts";
import { formatExamples, readCount, readPageUrl, readPort, readStatus } from "../terminal/arguments.ts";
import type { FileDesk } from "../project/file-desk.ts";
import { useDeskOnFile } from "../project/use-desk.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import { findProcess, refusePolicy } from "../project/find-process.ts";
import type { Bridge, BridgeOptions } from "../../serve/bridge-server.ts";
import { countMatching, describeMatching } from "../../serve/shown-instances.ts";
import { describePrivacy } from "../../serve/privacy.ts";
import { loadMachines } from "../project/load-definitions.ts";
import type { GlobalOptions } from "../project/project.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { untilSignal } from "../terminal/until-signal.ts";

interface InspectOptions {
  readonly process?: string;
  readonly aggregate?: string;
  readonly status?: Status;
  readonly limit?: number;
  readonly port?: number;
  readonly url?: URL;
}

const DEFAULT_LIMIT = 50;
const STATELY = new URL("https://stately.ai/inspect");

/** `perdure inspect`: the stored instances in Stately's inspector, until Ctrl-C. */
export function addInspect(program: Command, terminal: Terminal): void {
  program
    .command("inspect")
    .summary("show instances in Stately's inspector")
    .description(
      "Show the stored instances, ended ones too, in Stately's inspector: their charts, their histories, and what happens from now on. Serves a page on this machine only, until Ctrl-C.",
    )
    .option("--process <process>", "only of this process")
    .option("--aggregate <aggregateId>", "only of this aggregate")
    .option("--status <status>", "only with this status: started, completed, timed_out, failed, cancelled", readStatus)
    .option("--limit <count>", `how many are shown from their beginning, the newest ones (default: ${DEFAULT_LIMIT})`, readCount)
    .option("--port <port>", "the port on 127.0.0.1 (default: any that is free)", readPort)
    .option("--url <inspector>", `the inspector's page (default: ${STATELY.href})`, readPageUrl)
    .addHelpText(
      "after",
      formatExamples([
        ["perdure inspect --status failed", "what waits for an operator"],
        ["perdure inspect --aggregate order-1", "everything about one order"],
      ]),
    )
    .action((options: InspectOptions) => useDeskOnFile(program.opts<GlobalOptions>(), refusal, (desk) => inspect(desk, options, terminal)));
}

const refusal = {
  what: "inspect follows the one journal of a file",
  hint: "`perdure show <process> <aggregateId>` has the journal of one instance, and with --svg a picture of it.",
};

async function inspect(desk: FileDesk, options: InspectOptions, terminal: Terminal): Promise<void> {
  const { process: given, aggregate: aggregateId, status, limit = DEFAULT_LIMIT, port = 0, url: inspector = STATELY } = options;
  const { project, store } = desk;
  const machines = await loadMachines(project);
  const process = given === undefined ? undefined : await findInspected(given, machines.keys(), desk);
  const filter = { process, aggregateId, status };
  const onError = (error: unknown) => terminal.note(`error: ${errorToText(error)}`);

  const bridge = await open({ port, inspector, follow: () => createJournalFollower(store, machines, { filter, limit }), onError });
  let stopLooking = () => {};
  try {
    const ended = untilSignal(terminal.lost);
    const hasChanged = watchForeign(store);
    stopLooking = keepLooking(store, () => {
      try {
        const isChanged = hasChanged();
        if (isChanged) bridge.wake();
        return isChanged;
      } catch (error) {
        onError(error);
        return undefined;
      }
    });
    terminal.print(bridge.url);
    for (const line of describeMatching(countMatching(store, filter), { filter, limit, isDefined: (name) => machines.has(name) }))
      terminal.note(line);
    for (const line of describePrivacy(inspector)) terminal.note(line);
    terminal.note("Open the address above. Whoever has it sees the instances as long as this runs; Ctrl-C ends it.");
    await ended;
  } finally {
    stopLooking();
    await bridge.close();
  }
}

async function findInspected(given: string, defined: Iterable<string>, desk: FileDesk): Promise<string> {
  const processes = [...new Set([...defined, ...(await desk.processNames())])];
  refusePolicy(given, { ...(await desk.owners()), processes });
  return findProcess(given, processes, "process");
}

async function open(options: BridgeOptions): Promise<Bridge> {
  try {
    // The module is imported here, because no other command needs it.
    const { openBridge } = await import("../../serve/bridge-server.ts");
    return await openBridge(options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== "listen") throw error;
    throw new CliError(
      exitCodes.failure,
      `port ${options.port} cannot be had: ${errorToText(error)}`,
      "Give another one with --port, or leave it out.",
    );
  }
}
