import type { Evidence, JournalRow } from "./evidence.ts";
import { groupBy } from "./lists.ts";

export type Index = ReturnType<typeof createIndex>;

/** Whether an event is a process's own. */
export const isOwn = (type: string) => /(?:TimedOut|TimerDue|Failed)$/.test(type);

export const hasDied = ({ facts }: JournalRow) => facts.error?.code === "WORKER_DIED";
/** Whether an entry tells of an attempt; one whose retry a timeout forestalled has told of it before. */
export const isAttempt = ({ kind, facts }: JournalRow) => facts.attempt !== undefined && kind !== "retry_dropped";
/** Whether a handler has done its part, for good. */
export const isDone = ({ kind }: JournalRow) => kind === "handled" || kind === "completed";

/** What is looked up in the evidence again and again. A step is named by the process and the key of its instance, and its event. */
export function createIndex({ journal, instances, letters, ledger }: Evidence) {
  const processOf = (processId: string) => instances.get(processId)?.process ?? "?";
  const stepKey = (process: string, aggregateId: string, eventId: string) => `${process} ${aggregateId} ${eventId}`;
  const stepKeyIn = (processId: string, eventId: string) =>
    stepKey(processOf(processId), instances.get(processId)?.aggregateId ?? "?", eventId);
  const rowsByStep = groupBy(
    journal.filter(({ facts }) => facts.event !== undefined),
    (row) => stepKeyIn(row.processId, row.facts.event!.eventId),
  );
  const rowsByCommand = groupBy(
    journal.filter(({ facts, kind }) => facts.command !== undefined && kind.startsWith("command_")),
    ({ facts }) => facts.command!.commandId,
  );
  const rowsByInstance = groupBy(journal, ({ processId }) => processId);
  const settled = new Map(
    journal.filter(({ kind }) => kind === "resumed" || kind === "discarded").map((row) => [row.facts.deadLetterId!, row]),
  );
  const dropped = new Set(journal.flatMap(({ facts, processId }) => (facts.dropped ?? []).map(({ id }) => stepKeyIn(processId, id))));
  const droppedCommands = new Set(journal.flatMap(({ facts }) => (facts.dropped ?? []).map(({ id }) => id)));
  const discardedSteps = new Set<string>();
  const discardedCommands = new Set<string>();
  const retriesByStep = new Map<string, number>();
  for (const { kind, subject, status, process, aggregateId } of letters) {
    const { eventId, commandId } = JSON.parse(subject) as { readonly eventId?: string; readonly commandId?: string };
    const id = kind === "command" ? commandId! : stepKey(process, aggregateId, eventId!);
    if (status === "retried") retriesByStep.set(id, (retriesByStep.get(id) ?? 0) + 1);
    if (status === "discarded") (kind === "command" ? discardedCommands : discardedSteps).add(id);
  }
  const handlerRuns = ledger.filter((line) => line.what === "handler");
  const commandRuns = ledger.filter((line) => line.what === "command");
  return {
    processOf,
    stepKey,
    rowsByStep,
    rowsByCommand,
    rowsByInstance,
    settled,
    dropped,
    droppedCommands,
    discardedSteps,
    discardedCommands,
    retriesByStep,
    handlerRuns,
    commandRuns,
    runsByStep: groupBy(handlerRuns, (run) => stepKey(run.process, run.aggregateId, run.eventId)),
    runsByCommand: groupBy(commandRuns, ({ commandId }) => commandId),
  };
}
