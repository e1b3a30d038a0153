import type { Check } from "../check/check.ts";
import { checkCommand } from "../check/commands.ts";
import type { EventRow, JournalRow } from "../check/evidence.ts";
import { groupBy } from "../check/lists.ts";
import { checkRuns } from "../check/runs.ts";
import type { TripCheck } from "./check.ts";
import { countRetries } from "./retries.ts";
import type { Invoked, Replay } from "./replay.ts";

/** What a step's chart has invoked: its command, by its type, or the end of its child's key. No step invokes two of one name. */
export function nameInvoked({ evidence }: Check, { processId, facts }: JournalRow, src: string): string | undefined {
  if (!src.includes("/")) return facts.commands?.find(({ type }) => type === src)?.commandId;
  const { aggregateId } = evidence.instances.get(processId)!;
  const asked = [...evidence.events.values()].find(
    ({ type, causationId, aggregateId: key }) =>
      type === "InsuranceAsked" &&
      causationId === facts.event!.eventId &&
      key.startsWith(`trip/booking:${processId}:`) &&
      key !== aggregateId,
  );
  return asked?.aggregateId.split(":")[2];
}

/** An invocation that its chart ended without a result, with the step that did so; `undefined`: the instance ended without one of its steps. */
export interface Ended extends Invoked {
  readonly by: JournalRow | undefined;
}

/** What of a chart's invocations came to no result that it took. */
export function listEnded({ instance, steps, live }: Replay): readonly Ended[] {
  const left = steps.flatMap(({ ended, row }) => ended.map((each) => ({ ...each, by: row })));
  return instance.endedAt === null ? left : [...left, ...[...live.values()].map((each) => ({ ...each, by: undefined }))];
}

/** The results of commands and children, by what the invocation is called. */
export function listResults({ evidence }: Check): ReadonlyMap<string, readonly EventRow[]> {
  const results = [...evidence.events.values()].filter(({ type }) => type.endsWith("InvocationSettled"));
  return groupBy(
    results,
    ({ payload }) => (JSON.parse(payload) as { readonly invocation: { readonly commandId: string } }).invocation.commandId,
  );
}

/**
 * Each command of a committed step is settled once, or ended with its state. What it came to was brought to the chart once, and it does not run
 * again once its state was left.
 */
export function checkInvocations(check: TripCheck): void {
  const { index, replays, expect } = check;
  const known = new Set<string>();
  const results = listResults(check);
  for (const [commandId, events] of results) expect(events.length === 1, () => `invocation ${commandId} has ${events.length} results`);
  for (const replayed of replays.values()) {
    const ended = new Map(listEnded(replayed).map((each) => [each.commandId, each]));
    for (const { row, event, actions, invoked } of replayed.steps) {
      const commands = row.facts.commands ?? [];
      const cards = actions.filter((action) => action === "sendCard").map(() => "postCard");
      const asked = invoked.map(({ src }) => src).filter((src) => !src.includes("/"));
      const wanted = [...cards, ...asked.toSorted()].join();
      const told = [
        ...commands.slice(0, cards.length),
        ...commands.slice(cards.length).toSorted((one, other) => (one.type < other.type ? -1 : 1)),
      ];
      expect(
        told.map(({ type }) => type).join() === wanted,
        () => `${event.eventId} dispatched ${told.map(({ type }) => type).join()}, not ${wanted}`,
      );
      for (const { commandId, type, dueAt } of commands) {
        expect(!known.has(commandId), () => `command ${commandId} was stored twice`);
        known.add(commandId);
        if (type === "postCard") checkCommand(check, commandId, { tag: `${event.eventId} sendCard`, dueAt });
      }
      for (const each of invoked) {
        expect(each.commandId !== undefined, () => `${event.eventId} invoked ${each.src}, and nothing was stored of it`);
        if (each.src.includes("/") || each.commandId === undefined) continue;
        checkInvoked(check, each.commandId, { replayed, ended: ended.get(each.commandId), results: results.get(each.commandId) ?? [] });
      }
    }
  }
  for (const commandId of index.runsByCommand.keys())
    expect(known.has(commandId), () => `command ${commandId} ran, and no committed step has it`);
}

interface Found {
  readonly replayed: Replay;
  readonly ended: Ended | undefined;
  readonly results: readonly EventRow[];
}

function checkInvoked(check: TripCheck, commandId: string, { replayed, ended, results }: Found): void {
  const { index, expect } = check;
  const { instance } = replayed;
  const rows = index.rowsByCommand.get(commandId) ?? [];
  const runs = index.runsByCommand.get(commandId) ?? [];
  const settled = rows.filter(
    ({ kind, facts }) => kind === "command_handled" || (kind === "command_failed" && facts.deadLetterId === undefined),
  );
  const isDiscarded = index.discardedCommands.has(commandId);
  const isDropped = index.droppedCommands.has(commandId);
  const name = `invocation ${commandId} of ${instance.aggregateId}`;
  expect(settled.length <= 1, () => `${name} was settled ${settled.length} times`);
  expect(
    settled.length === 1 || ended !== undefined,
    () => `${name} was not settled, discarded ${isDiscarded}, dropped ${isDropped}, and goes on`,
  );
  const [first] = settled;
  expect(first !== undefined || results.length === 0, () => `${name} has a result, and was not settled`);
  // Once its instance has ended, its result is for nobody.
  expect(first === undefined || results.length === 1 || instance.endedAt !== null, () => `${name} was settled, and has no result`);
  for (const { payload } of results) {
    const { kind } = JSON.parse(payload) as { readonly kind: string };
    expect(
      kind === (first?.kind === "command_handled" ? "done" : "error"),
      () => `${name}: ${first?.kind} brought a result that is ${kind}`,
    );
  }
  const retries = countRetries(check, commandId, { rows, runs });
  if (runs.length > 0) checkRuns(name, runs, rows, retries, isDropped || ended !== undefined, expect);
  if (ended?.by === undefined) return;
  const late = rows.filter(({ seq, facts }) => seq > ended.by!.seq && facts.attempt !== undefined);
  expect(late.length === 0, () => `${name}: ${late[0]!.kind} after its state was left`);
  checkLeftRuns(check, commandId, { replayed, by: ended.by, name });
}

/** The next step of the instance begins after the commit that left the state, so that no attempt begins after that. */
function checkLeftRuns(
  { evidence, expect }: TripCheck,
  commandId: string,
  { replayed, by, name }: { readonly replayed: Replay; readonly by: JournalRow; readonly name: string },
): void {
  const next = replayed.steps.find(({ row, actions }) => row.seq > by.seq && actions.length > 0);
  if (next === undefined) return;
  const { processId } = replayed.instance;
  const begins = evidence.ledger.findIndex(
    (line) => line.what === "handler" && line.processId === processId && line.eventId === next.event.eventId,
  );
  const late = evidence.ledger.findLastIndex((line) => line.what === "command" && line.commandId === commandId);
  expect(late < begins, () => `${name} ran after its state was left`);
}
