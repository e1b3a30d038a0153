import * as fc from "fast-check";
import { ProcessError } from "perdure";
import type { DeadLetterRecord } from "../../../../src/store/dead-letters.ts";
import type { Settlement } from "../../../../src/store/intervention.ts";
import type { Payload } from "../behaviour.ts";
import { policy } from "../domain.ts";
import { type EventPlan, eventPlan, ms } from "../operations.ts";
import type { HostUnderTest } from "./host-under-test.ts";
import { orderLetters, tellStory } from "./stories.ts";

export type Action =
  | { readonly do: "dispatch"; readonly events: readonly EventPlan[] }
  /** Time passes, and what is due on the way runs at its moment. */
  | { readonly do: "advance"; readonly ms: number }
  /** The clock jumps, as after an outage. */
  | { readonly do: "jump"; readonly ms: number }
  /** An open dead letter; an index beyond the last begins again with the first. */
  | { readonly do: "retry" | "edit" | "skip" | "discard"; readonly index: number };

export const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("dispatch" as const), events: fc.array(eventPlan, { minLength: 1, maxLength: 3 }) }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("advance" as const), ms }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("jump" as const), ms }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom("retry" as const, "retry" as const, "edit" as const, "skip" as const, "discard" as const),
        index: fc.nat({ max: 7 }),
      }),
    },
  ),
  { minLength: 1, maxLength: 20, size: "large" },
);

const MOST_LOOKS = 100;

/** How a pair of hosts came to differ. */
export class Difference extends Error {}

/**
 * Performs the actions on both hosts, and compares what they hold after each. Returns the kinds of the journal's records.
 * @throws Difference
 */
export async function compareHosts(one: HostUnderTest, other: HostUnderTest, list: readonly Action[]): Promise<readonly string[]> {
  const outcomes = [createOutcomes(), createOutcomes()] as const;
  let labels = 0;
  for (const [number, action] of list.entries()) {
    // Both operators have to see the same letters.
    if ("index" in action) await endSteps(one, other);
    const perform = prepare(action, () => `e${(labels += 1)}`, one);
    await perform(one, outcomes[0]);
    await perform(other, outcomes[1]);
    if (other.isInStep?.() === true) continue;
    expectEqual(tellAll(one, outcomes[0]), tellAll(other, outcomes[1]), `after action ${number + 1}, ${JSON.stringify(action)}`);
  }
  await endSteps(one, other);
  expectEqual(tellAll(one, outcomes[0]), tellAll(other, outcomes[1]), "at the end");
  return one
    .read()
    .flatMap(({ instances, journalOf }) => instances.flatMap(({ processId }) => journalOf(processId).map(({ kind }) => kind)));
}

/** Lets time pass on both until no step hides what the other holds: a handler that hangs ends with its time. */
async function endSteps(one: HostUnderTest, other: HostUnderTest): Promise<void> {
  for (let looks = 0; other.isInStep?.() === true; looks += 1) {
    if (looks === MOST_LOOKS) throw new Error("a step goes on for ever");
    const target = one.clock.now() + policy.handlerTimeoutMs;
    await advanceTo(one, target);
    await advanceTo(other, target);
  }
}

/** What operators were told, in the order in which they asked. */
interface Outcomes {
  add(work: Promise<void>): void;
  readonly all: readonly string[];
}

function createOutcomes(): Outcomes {
  const all: string[] = [];
  return {
    all,
    add: (work) => {
      const index = all.push("waits") - 1;
      work.then(
        () => (all[index] = "settled"),
        (error: unknown) => (all[index] = ProcessError.is(error) ? error.code : String(error)),
      );
    },
  };
}

type Perform = (host: HostUnderTest, outcomes: Outcomes) => Promise<void>;

/** `before` is one of the hosts, which are equal before the action. */
function prepare(action: Action, nextLabel: () => string, before: HostUnderTest): Perform {
  const now = before.clock.now();
  switch (action.do) {
    case "dispatch": {
      const events = action.events.map((plan) => {
        const { type, aggregateId, shiftMs = 0 } = plan;
        const label = nextLabel();
        const payload: Payload = { label, plan };
        return { type, aggregateId, eventId: label, occurredAt: new Date(now + shiftMs), payload };
      });
      return async (host) => {
        await host.dispatch(events);
        await rest(host);
      };
    }
    case "advance":
      return (host) => advanceTo(host, now + action.ms);
    case "jump":
      return async (host) => {
        host.clock.moveTo(now + action.ms);
        await rest(host);
      };
    case "retry":
    case "edit":
    case "skip":
    case "discard": {
      return async (host, outcomes) => {
        const open = listOpenLetters(host);
        if (open.length === 0) return;
        const letter = open[action.index % open.length]!;
        outcomes.add(host.settle(letter.deadLetterId, settlementOf(action.do, letter)));
        await rest(host);
      };
    }
  }
}

/** The open letters, key by key. */
function listOpenLetters(host: HostUnderTest): readonly DeadLetterRecord[] {
  return host.read().flatMap((view) => orderLetters(view).filter(({ status }) => status === "open"));
}

/** An edited payload is the one that the letter has, so that what a handler does is the same. Where Perdure has made it, it is refused. */
function settlementOf(how: "retry" | "edit" | "skip" | "discard", { subject }: DeadLetterRecord): Settlement {
  if (how === "skip" || how === "discard") return { kind: how, reason: "as planned" };
  return how === "retry" ? { kind: "retry" } : { kind: "retry", payload: (JSON.parse(subject) as { readonly payload: string }).payload };
}

/** Lets all that is due now run: the steps, then one command after the other, each with all that follows from it. */
async function rest(host: HostUnderTest): Promise<void> {
  do await host.drain();
  while (host.gates.openNext());
}

async function advanceTo(host: HostUnderTest, target: number): Promise<void> {
  const { clock } = host;
  for (let next = clock.nextTimerAt; next !== undefined && next <= target; next = clock.nextTimerAt) {
    clock.moveTo(Math.max(next, clock.now()));
    await rest(host);
  }
  clock.moveTo(target);
  await rest(host);
}

function tellAll(host: HostUnderTest, { all }: Outcomes): readonly string[] {
  return [`operators: ${all.join(", ")}`, ...host.read().flatMap(tellStory)];
}

function expectEqual(one: readonly string[], other: readonly string[], when: string): void {
  const at = one.findIndex((line, index) => line !== other[index]);
  if (at === -1 && one.length === other.length) return;
  const index = at === -1 ? one.length : at;
  const around = (lines: readonly string[]) => lines.slice(Math.max(0, index - 6), index + 4).join("\n");
  throw new Difference(`${when}, the hosts differ.\n\nOne has\n${around(one)}\n\nthe other\n${around(other)}`);
}
