import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkAcceptance } from "../check/acceptance.ts";
import { type Check, type CheckOptions, openCheck } from "../check/check.ts";
import { checkLeftovers } from "../check/leftovers.ts";
import { type Counts, countAll } from "../check/counts.ts";
import type { EventRow, LetterRow, PolicyRun } from "../check/evidence.ts";
import { groupBy } from "../check/lists.ts";
import { checkCommands, checkOutside, checkTold } from "./commands.ts";
import { checkLanes } from "./lanes.ts";
import type { Behaviour, Plan } from "./plan.ts";
import { checkTries } from "./tries.ts";

/** What each check of a run with reactions is given. */
export interface ReactionCheck extends Check {
  readonly plan: Plan;
  readonly reactions: readonly Reaction[];
  /** When the operator had mended what broke, by the plan's clock. */
  readonly mendedAt: number;
  /** From when on the schedule gives no events. */
  readonly ticksEnd: number;
  readonly outsideAcks: readonly OutsideAck[];
}

export interface OutsideAck {
  readonly commandId: string;
  readonly outcome: string;
  readonly dueAt: number;
}

/** A policy and an event that it reacts to. */
export interface Reaction {
  readonly policy: string;
  readonly event: EventRow;
  readonly behaviour: Behaviour;
  /** By idempotency key, in order: an operator's retry has a new one. */
  readonly generations: readonly (readonly PolicyRun[])[];
  readonly letters: readonly LetterRow[];
}

/** What a run with reactions came to in addition. */
export interface ReactionCounts extends Counts {
  readonly policyRuns: number;
  /** Moments of the schedule that gave an event. */
  readonly ticks: number;
  readonly outsideDuplicates: number;
}

const policiesByType: Readonly<Record<string, readonly string[]>> = {
  OrderNoted: ["tell", "remind"],
  OrderTold: ["count"],
  Ticked: ["look"],
};

/** Compares what a finished run left behind with its plan. It shares no code with the library. */
export function checkReactions(
  plan: Plan,
  folder: string,
  options: CheckOptions,
): { readonly violations: readonly string[]; readonly counts: ReactionCounts } {
  const violations: string[] = [];
  const opened = openCheck(folder, options, violations);
  const check: ReactionCheck = {
    ...opened,
    plan,
    reactions: listReactions(opened),
    mendedAt: readMoment(folder, "mended"),
    ticksEnd: readMoment(folder, "ticks-end"),
    outsideAcks: readOutsideAcks(folder),
  };
  checkLeftovers(check);
  checkAcceptance(check, plan.events, () => "accepted");
  for (const reaction of check.reactions) checkReaction(check, reaction);
  checkUnexpected(check);
  checkCommands(check);
  checkOutside(check);
  checkTold(check);
  checkLanes(check);
  checkTicks(check);
  return { violations, counts: countReactions(check) };
}

function listReactions({ evidence }: Check): readonly Reaction[] {
  const runs = groupBy(
    evidence.ledger.filter((line) => line.what === "policy"),
    ({ policy, eventId }) => `${policy} ${eventId}`,
  );
  const letters = groupBy(
    evidence.letters.filter(({ kind }) => kind === "policy"),
    ({ process, subject }) => `${process} ${readEventId(subject)}`,
  );
  return [...evidence.events.values()].flatMap((event) =>
    (policiesByType[event.type] ?? []).map((name): Reaction => {
      const policy = `order/${name}`;
      const key = `${policy} ${event.eventId}`;
      return {
        policy,
        event,
        behaviour: behaviourOf(event, name),
        generations: [...groupBy(runs.get(key) ?? [], (run) => run.key).values()],
        letters: letters.get(key) ?? [],
      };
    }),
  );
}

/** What a policy does about an event: of one that nobody has planned, what domain.mjs says. */
function behaviourOf({ type, payload, eventId }: EventRow, name: string): Behaviour {
  const usual = { throws: 0, breaks: null, takesMs: 0, settlement: "retry" } as const;
  if (type === "OrderNoted") return (JSON.parse(payload) as Readonly<Record<string, Behaviour>>)[name]!;
  return { ...usual, says: name === "look" ? [{ delayMs: null, payload: { ...usual, tag: eventId, tells: false } }] : [] };
}

/** The attempt of a policy holds its event. */
function readEventId(subject: string): string {
  const { payload } = JSON.parse(subject) as { readonly payload: string };
  return (JSON.parse(payload) as { readonly eventId: string }).eventId;
}

/** Each policy has handled each of its events at least once, in no more attempts than it has, or has a letter that says why not. */
function checkReaction({ expect, options, mendedAt, plan }: ReactionCheck, reaction: Reaction): void {
  const { policy, event, behaviour, generations, letters } = reaction;
  const name = `${policy} of ${event.eventId}`;
  checkTries({ expect, options }, name, { generations, letters, behaviour, mendedAt });
  const delayMs = policy === "order/remind" ? plan.remindMs : 0;
  for (const { at, aggregateId } of generations.flat()) {
    expect(at >= event.occurredAt + delayMs, () => `${name} ran ${event.occurredAt + delayMs - at} ms early`);
    expect(aggregateId === event.aggregateId, () => `${name} ran for ${aggregateId}`);
  }
}

function checkUnexpected({ evidence, expect, reactions }: ReactionCheck): void {
  const known = new Set(reactions.map(({ policy, event }) => `${policy} ${event.eventId}`));
  for (const line of evidence.ledger) {
    if (line.what !== "policy") continue;
    expect(known.has(`${line.policy} ${line.eventId}`), () => `${line.policy} ran for ${line.eventId}, which is not stored`);
  }
}

/** From the first moment that a worker took, each has given one event, until the schedule gives none. */
function checkTicks({ ticksEnd, evidence, expect }: ReactionCheck): void {
  const ticks = [...evidence.events.values()].filter(({ type }) => type === "Ticked");
  const moments = ticks.map(({ occurredAt }) => occurredAt);
  const isGapless = moments.every((moment, index) => index === 0 || moment === moments[index - 1]! + 60_000);
  expect(isGapless, () => `the schedule has the moments ${moments.map((moment) => new Date(moment).toISOString()).join()}`);
  for (const { eventId, occurredAt } of ticks) {
    const wanted = `order/tick@${new Date(occurredAt).toISOString().replace(".000Z", "Z")}`;
    expect(eventId === wanted, () => `${eventId} is the event of ${wanted}`);
  }
  const last = moments.at(-1);
  expect(last === ticksEnd - 60_000, () => `the last moment of the schedule is ${String(last)}`);
}

function countReactions(check: ReactionCheck): ReactionCounts {
  const { reactions, evidence, outsideAcks } = check;
  return {
    ...countAll(check),
    policyRuns: reactions.flatMap(({ generations }) => generations).flat().length,
    ticks: [...evidence.events.values()].filter(({ type }) => type === "Ticked").length,
    outsideDuplicates: outsideAcks.filter(({ outcome }) => outcome === "duplicate").length,
  };
}

/** What a file says, in milliseconds of the plan's clock; never without one. */
function readMoment(folder: string, name: string): number {
  const path = join(folder, name);
  return existsSync(path) ? Number(readFileSync(path, "utf8")) : Number.POSITIVE_INFINITY;
}

function readOutsideAcks(folder: string): readonly OutsideAck[] {
  const path = join(folder, "outside.jsonl");
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as OutsideAck);
}
