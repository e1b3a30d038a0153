import type { Command } from "commander";
import type { ProcessInstance, StateValue, Status } from "../../definition/model/instance.ts";
import { describeState } from "../../machine/state-paths.ts";
import { formatExamples, readCount, readCursor, readState, readStatus, readWhere } from "../terminal/arguments.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import { findProcessWithInstances } from "../project/find-process.ts";
import { formatMoment } from "../terminal/moment.ts";
import { useDesk } from "../project/use-desk.ts";
import type { GlobalOptions } from "../project/project.ts";
import { styleStatus } from "../terminal/styles.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { styled, type Text } from "../terminal/text.ts";
import type { IndexedValue } from "../../store/context-index.ts";

interface ListOptions {
  readonly process?: string;
  readonly aggregate?: string;
  readonly status?: Status;
  readonly outcome?: string;
  readonly suspended?: boolean;
  readonly state?: StateValue;
  readonly where?: Readonly<Record<string, IndexedValue>>;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** `perdure list`: instances, newest first. */
export function addList(program: Command, terminal: Terminal): void {
  program
    .command("list")
    .summary("list instances")
    .description("List instances, newest first.")
    .option("--process <process>", "only of this process")
    .option("--aggregate <aggregateId>", "only of this aggregate")
    .option("--status <status>", "only with this status: started, completed, timed_out, failed, cancelled", readStatus)
    .option("--outcome <outcome>", "only completed with this outcome")
    .option("--suspended", "only those that are suspended")
    .option("--state <state>", "only in this state of their chart, such as paying.card", readState)
    .option("--where <key=value>", "only with this value in the context, of a key in the index of --process; may be repeated", readWhere)
    .option("--limit <count>", "how many at most (default: 100)", readCount)
    .option("--cursor <cursor>", "go on after the page that gave this cursor", readCursor)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure list --status failed", "what waits for an operator"],
        ["perdure list --suspended", "what was told to wait"],
        ["perdure list --outcome rejected", "what was completed so"],
        ["perdure list --state awaitingPayment", "what stands there in its chart"],
        ["perdure list --aggregate order-1", "everything about one order"],
        ["perdure list --process shipping --where customerId=c-1", "by what instances remember"],
        ["perdure list --json | jq '.items[].processId'", "for scripts"],
      ]),
    )
    .action((options: ListOptions) =>
      useDesk(program.opts<GlobalOptions>(), async (desk) => {
        const { process, aggregate: aggregateId, status, outcome, suspended, state, where, limit, cursor, json } = options;
        if (where !== undefined && process === undefined) throw refuseWithoutProcess();
        const page = await desk.processes.find({
          ...(process !== undefined && { process: await findProcessWithInstances(process, desk) }),
          ...(aggregateId !== undefined && { aggregateId }),
          ...(status !== undefined && { status }),
          ...(outcome !== undefined && { outcome }),
          ...(suspended === true && { suspended }),
          ...(state !== undefined && { state }),
          ...(where !== undefined && { where }),
          ...(limit !== undefined && { limit }),
          ...(cursor !== undefined && { cursor }),
        });
        if (json) return terminal.printJson({ items: page, nextCursor: page.nextCursor });
        if (page.length === 0) return terminal.note("No instance matches.");
        const shown = columns.filter(({ isNeeded = () => true }) => page.some(isNeeded));
        terminal.printTable(
          shown,
          page.map((instance) => shown.map(({ tell }) => tell(instance))),
        );
        if (page.nextCursor !== undefined) terminal.note(`There may be more: --cursor ${page.nextCursor}`);
      }),
    );
}

function refuseWithoutProcess(): CliError {
  return new CliError(exitCodes.usage, "--where needs a --process", "An index belongs to one process: name it with --process.");
}

interface Column {
  readonly title: string;
  /** Whether an instance has something to tell here. A column of which no instance has is left out. */
  readonly isNeeded?: (instance: ProcessInstance) => boolean;
  readonly tell: (instance: ProcessInstance) => Text;
}

const columns: readonly Column[] = [
  { title: "PROCESS", tell: ({ process }) => process },
  { title: "AGGREGATE", tell: ({ aggregateId }) => aggregateId },
  { title: "STATUS", tell: ({ status }) => styleStatus(status) },
  { title: "STATE", isNeeded: ({ state }) => state !== undefined, tell: ({ state }) => (state === undefined ? "" : describeState(state)) },
  { title: "OUTCOME", isNeeded: ({ outcome }) => outcome !== undefined, tell: ({ outcome = "" }) => outcome },
  {
    title: "SUSPENDED",
    isNeeded: ({ suspended }) => suspended !== undefined,
    tell: ({ suspended }) => (suspended === undefined ? "" : formatMoment(suspended.at)),
  },
  { title: "STARTED", tell: ({ startedAt }) => formatMoment(startedAt) },
  { title: "DUE", tell: tellDue },
  { title: "PROCESS ID", tell: ({ processId }) => processId },
];

function tellDue({ dueAt, endedAt }: ProcessInstance): Text {
  return dueAt !== undefined ? formatMoment(dueAt) : endedAt === undefined ? "" : styled("dim", "ended");
}
