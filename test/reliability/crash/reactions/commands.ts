import type { CommandRun, LetterRow } from "../check/evidence.ts";
import { groupBy } from "../check/lists.ts";
import type { ReactionCheck } from "./check.ts";
import type { PlannedCommand } from "./plan.ts";
import { checkTries, isDiscarded } from "./tries.ts";

interface Expected extends PlannedCommand {
  /** Who has dispatched it; empty: it is from outside. */
  readonly by: string;
  readonly aggregateId: string;
  /** When it is due; `undefined`: at once, which no plan knows. */
  readonly dueAt: number | undefined;
}

/** The commands of the policies that have handled their events, and those from outside: each was stored once, and done, not before its time. */
export function checkCommands(check: ReactionCheck): void {
  const { reactions, index, expect, plan, outsideAcks } = check;
  const expected = new Map<string, Expected>();
  for (const { policy, event, behaviour, letters } of reactions) {
    // What an attempt that has failed has dispatched, is gone with it.
    if (isDiscarded(letters)) continue;
    for (const command of behaviour.says) {
      const dueAt = command.delayMs === null ? undefined : event.occurredAt + command.delayMs;
      expected.set(command.payload.tag, { ...command, by: policy, aggregateId: event.aggregateId, dueAt });
    }
  }
  for (const command of plan.outside) {
    const dueAt = outsideAcks.find(({ commandId }) => commandId === command.commandId)?.dueAt;
    expected.set(command.payload.tag, { ...command, by: "", dueAt });
  }
  const byTag = groupBy(index.commandRuns, ({ tag }) => tag);
  const letters = lettersByCommand(check);
  for (const [tag, command] of expected) checkCommand(check, command, byTag.get(tag) ?? [], letters);
  for (const tag of byTag.keys()) expect(expected.has(tag), () => `the command ${tag} ran, and nobody that succeeded has dispatched it`);
}

function checkCommand(
  { expect, options, mendedAt }: ReactionCheck,
  { by, aggregateId, dueAt, payload }: Expected,
  runs: readonly CommandRun[],
  letters: ReadonlyMap<string, readonly LetterRow[]>,
): void {
  const name = `the command ${payload.tag}`;
  const ids = new Set(runs.map(({ commandId }) => commandId));
  const own = [...ids].flatMap((id) => letters.get(id) ?? []);
  // Of one whose worker died in all its attempts before a line was written, the letter alone tells.
  expect(ids.size === 1, () => `${name} was stored as ${ids.size} commands`);
  checkTries({ expect, options }, name, {
    generations: [...groupBy(runs, ({ key }) => key).values()],
    letters: own,
    behaviour: payload,
    mendedAt,
  });
  for (const run of runs) {
    expect(run.process === by && run.aggregateId === aggregateId && run.processId === "", () => `${name} is of ${run.process}`);
    expect(dueAt === undefined || run.dueAt === dueAt, () => `${name} is due at ${run.dueAt}, and not at ${dueAt}`);
    expect(run.at >= run.dueAt, () => `${name} ran ${run.dueAt - run.at} ms early`);
  }
}

/** Each was accepted once, whoever asked again, and all have been told the same moment. */
export function checkOutside({ plan, outsideAcks, index, expect }: ReactionCheck): void {
  const acks = groupBy(outsideAcks, ({ commandId }) => commandId);
  for (const { commandId, payload } of plan.outside) {
    const own = acks.get(commandId) ?? [];
    const outcomes = own.map(({ outcome }) => outcome).join();
    expect(own.length > 0, () => `the command ${commandId} from outside was never acknowledged`);
    expect(own.filter(({ outcome }) => outcome === "accepted").length <= 1, () => `${commandId} was accepted more than once: ${outcomes}`);
    expect(
      new Set(own.map(({ dueAt }) => dueAt)).size <= 1,
      () => `${commandId} has several moments: ${own.map(({ dueAt }) => dueAt).join()}`,
    );
    const ran = index.runsByCommand.get(commandId)?.[0]?.tag;
    expect(ran === payload.tag, () => `${commandId} ran as ${String(ran)}`);
  }
}

/** The event that a command returned was accepted with the command's settlement, once. */
export function checkTold({ evidence, index, plan, reactions, expect }: ReactionCheck): void {
  const told = groupBy(
    [...evidence.events.values()].filter(({ type }) => type === "OrderTold"),
    ({ payload }) => (JSON.parse(payload) as { readonly tag: string }).tag,
  );
  const letters = lettersByCommand({ evidence });
  const planned = [...plan.outside, ...reactions.flatMap(({ behaviour }) => behaviour.says)].filter(({ payload }) => payload.tells);
  const byTag = groupBy(index.commandRuns, ({ tag }) => tag);
  for (const { payload } of planned) {
    const runs = byTag.get(payload.tag) ?? [];
    const isDone = runs.length > 0 && !isDiscarded(letters.get(runs[0]!.commandId) ?? []);
    const count = told.get(payload.tag)?.length ?? 0;
    expect(count === (isDone ? 1 : 0), () => `the command ${payload.tag} has returned ${count} events`);
  }
  const tags = new Set(planned.map(({ payload }) => payload.tag));
  for (const tag of told.keys()) expect(tags.has(tag), () => `an event of ${tag} is stored, and no command returned it`);
}

function lettersByCommand({ evidence }: Pick<ReactionCheck, "evidence">): ReadonlyMap<string, readonly LetterRow[]> {
  return groupBy(
    evidence.letters.filter(({ kind }) => kind === "command"),
    ({ subject }) => (JSON.parse(subject) as { readonly commandId: string }).commandId,
  );
}
