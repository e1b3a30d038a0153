import * as fc from "fast-check";
import type { CommandRecord } from "../../../../src/store/commands.ts";
import type { DeadLetterRecord } from "../../../../src/store/dead-letters.ts";
import type { Settlement } from "../../../../src/store/intervention.ts";
import { ms } from "../operations.ts";
import { Difference } from "./compare.ts";
import type { ReactionPlan } from "./reactions-domain.ts";
import { nameLane, type ReactionsHost } from "./reactions-hosts.ts";

export type Reaction =
  | { readonly do: "dispatch"; readonly events: readonly PlannedEvent[] }
  | { readonly do: "command"; readonly aggregateId: string; readonly delayMs: number; readonly fails: number }
  /** What was dispatched before comes again under its identity. */
  | { readonly do: "repeat"; readonly index: number }
  | { readonly do: "advance" | "jump"; readonly ms: number }
  | { readonly do: "retry" | "skip" | "discard"; readonly index: number }
  | { readonly do: "cancel" | "move"; readonly index: number; readonly ms: number };

interface PlannedEvent {
  readonly type: "Placed" | "Noted" | "Done";
  readonly aggregateId: string;
  readonly plan: ReactionPlan;
}

const fails = fc.constantFrom(0, 0, 0, 1, 2, 3, 4);
const delayMs = fc.constantFrom(0, 0, 15_000, 3_600_000);
const aggregateId = fc.constantFrom("a", "b");
const act = fc.record({ fails, delayMs, isKeyed: fc.boolean(), emits: fc.boolean() });
const event = fc.record({
  type: fc.constantFrom("Placed" as const, "Placed" as const, "Noted" as const, "Done" as const),
  aggregateId,
  plan: fc.record({ fails, acts: fc.array(act, { maxLength: 2 }) }),
});
const index = fc.nat({ max: 7 });

export const reactions: fc.Arbitrary<readonly Reaction[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant("dispatch" as const), events: fc.array(event, { minLength: 1, maxLength: 3 }) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("command" as const), aggregateId, delayMs, fails }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("repeat" as const), index }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("advance" as const, "advance" as const, "jump" as const), ms }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom("retry" as const, "retry" as const, "skip" as const, "discard" as const), index }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("cancel" as const, "move" as const), index, ms }) },
  ),
  { minLength: 1, maxLength: 20, size: "large" },
);

type Perform = (host: ReactionsHost) => Promise<string>;

/** Performs the actions on both hosts, and compares what has run, what waits and what has failed after each. @throws Difference */
export async function compareReactions(one: ReactionsHost, other: ReactionsHost, list: readonly Reaction[]): Promise<void> {
  const before: Perform[] = [];
  for (const [number, action] of list.entries()) {
    const perform = prepare(action, number, one.clock.now(), before);
    const when = `after action ${number + 1}, ${JSON.stringify(action)}`;
    expectEqual(`${await perform(one)}\n${tellAll(one)}`, `${await perform(other)}\n${tellAll(other)}`, when);
  }
}

function prepare(action: Reaction, number: number, now: number, before: Perform[]): Perform {
  switch (action.do) {
    case "dispatch": {
      const events = action.events.map(({ type, aggregateId, plan }, at) => {
        const label = `e${number}.${at}`;
        return { type, aggregateId, eventId: label, payload: { label, plan } };
      });
      const perform: Perform = async (host) => {
        await host.dispatch(events);
        await host.drain();
        return "dispatched";
      };
      before.push(perform);
      return perform;
    }
    case "command": {
      const label = `c${number}`;
      const plan = { fails: action.fails, delayMs: 0, isKeyed: false, emits: true };
      const call = { aggregateId: action.aggregateId, commandId: label, delay: action.delayMs, payload: { label, act: plan } };
      const perform: Perform = async (host) => {
        await host.command(call);
        await host.drain();
        return "dispatched";
      };
      before.push(perform);
      return perform;
    }
    case "repeat":
      return before.length === 0 ? async () => "nothing" : before[action.index % before.length]!;
    case "advance":
      return (host) => advanceTo(host, now + action.ms);
    case "jump":
      return async (host) => {
        host.clock.moveTo(now + action.ms);
        await host.drain();
        return "jumped";
      };
    case "retry":
    case "skip":
    case "discard":
      return async (host) => {
        const letter = choose(
          orderLetters(host).filter(({ status }) => status === "open"),
          action.index,
        );
        if (letter === undefined) return "nothing";
        const settlement: Settlement = action.do === "retry" ? { kind: "retry" } : { kind: action.do, reason: "as planned" };
        const told = await host.settle(letter, settlement);
        await host.drain();
        return told;
      };
    case "cancel":
    case "move":
      return async (host) => {
        const command = choose(
          orderCommands(host).filter(({ dueAt }) => dueAt > now),
          action.index,
        );
        if (command === undefined) return "nothing";
        const asked = { reason: null, by: null };
        const told = await host.change(
          command,
          action.do === "cancel" ? { kind: "cancel-command", ...asked } : { kind: "reschedule-command", dueAt: now + action.ms, ...asked },
        );
        await host.drain();
        return told;
      };
  }
}

function choose<Value>(values: readonly Value[], index: number): Value | undefined {
  return values.length === 0 ? undefined : values[index % values.length];
}

async function advanceTo(host: ReactionsHost, target: number): Promise<string> {
  const { clock } = host;
  for (let next = clock.nextTimerAt; next !== undefined && next <= target; next = clock.nextTimerAt) {
    clock.moveTo(Math.max(next, clock.now()));
    await host.drain();
  }
  clock.moveTo(target);
  await host.drain();
  return "advanced";
}

/** What has run, lane by lane; then the letters, and what waits. Identities are numbered in the order in which they appear. */
function tellAll(host: ReactionsHost): string {
  const ran = [...host.log]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([lane, lines]) => [lane, ...lines.map((line) => `  ${line}`)]);
  const text = [...ran, ...orderLetters(host).map(tellLetter), ...orderCommands(host).map(tellCommand)].join("\n");
  const numbers = new Map<string, string>();
  return text.replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, (id) => {
    const known = numbers.get(id) ?? `#${numbers.size + 1}`;
    numbers.set(id, known);
    return known;
  });
}

function orderLetters(host: ReactionsHost): readonly DeadLetterRecord[] {
  return host.letters().toSorted((one, other) => compare(tellLetter(one), tellLetter(other)));
}

function orderCommands(host: ReactionsHost): readonly CommandRecord[] {
  return host.commands().toSorted((one, other) => compare(tellCommand(one), tellCommand(other)));
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Without identities, so that the letters of both hosts come in the same order. */
function tellLetter({
  kind,
  process,
  aggregateId,
  handler,
  attempts,
  generation,
  status,
  settledAt,
  reason,
  lastFailedAt,
  error,
  subject,
}: DeadLetterRecord): string {
  const { message } = JSON.parse(error) as { readonly message: string };
  const label = /"label\\*":\\*"([^"\\]+)/.exec(subject)?.[1];
  return `letter ${JSON.stringify([process, aggregateId, kind, handler, label, message, attempts, generation, status, settledAt, reason, lastFailedAt])}`;
}

function tellCommand(command: CommandRecord): string {
  const { type, aggregateId, payload, dispatchedAt, dueAt, attempts, notBefore, firstFailedAt, generation, key } = command;
  const label = /"label":"([^"]+)/.exec(payload)?.[1];
  return `waits ${JSON.stringify([nameLane(command), type, aggregateId, label, dispatchedAt, dueAt, attempts, notBefore, firstFailedAt, generation, key])}`;
}

function expectEqual(one: string, other: string, when: string): void {
  if (one === other) return;
  const [lines, others] = [one.split("\n"), other.split("\n")];
  const at = lines.findIndex((line, index) => line !== others[index]);
  const around = (all: readonly string[]) => all.slice(Math.max(0, at - 6), at + 4).join("\n");
  throw new Difference(`${when}, the hosts differ.\n\nOne has\n${around(lines)}\n\nthe other\n${around(others)}`);
}
