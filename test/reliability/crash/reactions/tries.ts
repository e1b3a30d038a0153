import type { Check } from "../check/check.ts";
import type { LetterRow } from "../check/evidence.ts";
import { groupBy } from "../check/lists.ts";
import type { Behaviour } from "./plan.ts";

/** By the plan's clock. */
const MENDING_MS = 10_000;

export interface Tries {
  /** By idempotency key, in order. */
  readonly generations: readonly (readonly {
    readonly attempt: number;
    readonly life: number;
    readonly at: number;
    readonly key: string;
  }[])[];
  readonly letters: readonly LetterRow[];
  readonly behaviour: Pick<Behaviour, "throws" | "breaks" | "settlement">;
  readonly mendedAt: number;
}

/** What holds of an attempt of a policy as of a command: how often it is tried, and what becomes of it when it is out of attempts. */
export function checkTries(
  { expect, options }: Pick<Check, "expect" | "options">,
  name: string,
  { generations, letters, behaviour, mendedAt }: Tries,
): void {
  const most = options.maxRetries + 1;
  const retried = letters.filter(({ status }) => status === "retried").length;
  // A worker can have died in each attempt of a letter before its first line: such a generation has no key.
  const silent = letters.filter(({ code }) => code === "WORKER_DIED").length;
  expect(
    generations.length <= retried + 1 && generations.length >= retried + 1 - silent,
    () => `${name} ran with ${generations.length} idempotency keys, and was retried by the operator ${retried} times`,
  );
  for (const runs of generations) {
    const attempts = runs.map(({ attempt }) => attempt);
    expect(
      attempts.every((attempt, index) => attempt <= most && (index === 0 || attempt >= attempts[index - 1]!)),
      () => `${name} ran in the attempts ${attempts.join()}`,
    );
    for (const [attempt, same] of groupBy(runs, ({ attempt, life }) => `${attempt} in life ${life}`))
      expect(same.length === 1, () => `${name} ran ${same.length} times as attempt ${attempt}`);
  }
  expect(
    letters.every(({ blocks, status }) => blocks === 0 && status !== "open"),
    () => `${name} has a letter that is open, or that holds something`,
  );
  const own = letters.filter(({ code }) => code !== "WORKER_DIED");
  // An attempt that began shortly before may have found it mended.
  const hasBroken = behaviour.breaks !== null && generations.length > 0 && generations[0]!.at(-1)!.at < mendedAt - MENDING_MS;
  expect(own.length <= (behaviour.breaks === null ? 0 : 1), () => `${name} has ${own.length} letters`);
  expect(!hasBroken || own.length === 1 || silent > 0, () => `${name} broke for good, and has no letter`);
  if (own.length > 0) {
    expect(own[0]!.status === (behaviour.settlement === "retry" ? "retried" : "discarded"), () => `${name} is ${own[0]!.status}`);
    const isLast = generations.some((runs) => runs.at(-1)!.attempt === own[0]!.attempts);
    expect(isLast, () => `${name} was given up after ${own[0]!.attempts} attempts, which was not its last`);
    const isPatient = behaviour.breaks === "at-once" || own[0]!.attempts === most;
    expect(isPatient, () => `${name} was given up after ${own[0]!.attempts} attempts, and not ${most}`);
  }
  if (isDiscarded(letters)) return;
  const last = generations.at(-1)?.at(-1);
  expect(last !== undefined, () => `${name} never ran`);
  expect(
    last === undefined || last.attempt > behaviour.throws,
    () => `${name} ended with attempt ${last?.attempt}, of which ${behaviour.throws} fail`,
  );
}

export function isDiscarded(letters: readonly LetterRow[]): boolean {
  return letters.some(({ status }) => status === "discarded");
}
