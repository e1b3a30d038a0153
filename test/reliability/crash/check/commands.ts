import type { Check } from "./check.ts";
import { isDone, isOwn } from "./evidence-index.ts";
import { checkRuns } from "./runs.ts";

/** A command was settled once, and what ran of it is what the journal tells of. */
export function checkCommand(
  { index, expect }: Pick<Check, "index" | "expect">,
  commandId: string,
  { tag, dueAt }: { readonly tag: string; readonly dueAt: number },
): void {
  const rows = index.rowsByCommand.get(commandId) ?? [];
  const runs = index.runsByCommand.get(commandId) ?? [];
  const name = `command ${tag} (${commandId})`;
  const done = rows.filter(({ kind }) => kind === "command_handled").length;
  const isDiscarded = index.discardedCommands.has(commandId);
  const isDropped = index.droppedCommands.has(commandId);
  expect(
    done + Number(isDiscarded) + Number(isDropped) === 1,
    () => `${name} was settled ${done} times, discarded ${isDiscarded}, dropped ${isDropped}`,
  );
  expect(done === 0 || runs.length > 0, () => `${name} was never executed`);
  if (runs.length === 0) return;
  expect(runs[0]!.key === commandId, () => `${name} ran first with the key ${runs[0]!.key}`);
  expect(runs[0]!.tag === tag, () => `${name} ran with the payload of another: ${runs[0]!.tag}`);
  for (const run of runs) expect(run.at >= dueAt && run.dueAt === dueAt, () => `${name} ran ${dueAt - run.at} ms early`);
  checkRuns(name, runs, rows, index.retriesByStep.get(commandId) ?? 0, isDropped, expect);
}

/**
 * Commands of the types `immediate`, which have no delay, are settled in the order in which the event handlers of their instance dispatched
 * them, unless their events had occurred in another. One that fails when its instance has ended holds nothing back, and comes later if the operator retries it.
 */
export function checkCommandOrder({ evidence, index, expect }: Check, immediate: readonly string[]): void {
  const late = new Set(
    evidence.letters
      .filter(({ kind, blocks }) => kind === "command" && blocks === 0)
      .map(({ subject }) => (JSON.parse(subject) as { readonly commandId: string }).commandId),
  );
  for (const [processId, rows] of index.rowsByInstance) {
    const places = new Map<string, { readonly place: number; readonly dueAt: number }>();
    for (const row of rows.filter(isDone)) {
      const { type, eventId } = row.facts.event!;
      if (isOwn(type)) continue;
      for (const { commandId, type, dueAt } of row.facts.commands ?? []) {
        if (immediate.includes(type) && !late.has(commandId)) places.set(commandId, { place: places.size, dueAt });
      }
      expect(evidence.events.has(eventId), () => `${eventId} was handled, and is not stored`);
    }
    const order = rows.filter(({ kind }) => kind === "command_handled").flatMap(({ facts }) => places.get(facts.command!.commandId) ?? []);
    const isInOrder = order.every(({ place, dueAt }, at) => at === 0 || place > order[at - 1]!.place || dueAt > order[at - 1]!.dueAt);
    expect(isInOrder, () => `commands of ${processId} were settled out of order: ${order.map(({ place }) => place).join()}`);
  }
}
