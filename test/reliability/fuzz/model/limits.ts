import { limits, policy } from "../domain.ts";
import { limitOf, type ModelCommand, type State } from "./state.ts";
import { demand } from "./violation.ts";

// How many commands run at once, and how often they begin. A worker counts from its start on.

/** Throws unless the limits of a command allow one more attempt, and counts that. */
export function countAttempt(state: State, command: ModelCommand, at: number, name: string): void {
  const limit = limitOf(command);
  if (limit === undefined) return;
  const running = countRunning(state, command, at);
  const { concurrency = Number.POSITIVE_INFINITY, rate } = limits[limit];
  demand(running < concurrency, `${name}: ${running} of its ${limit} commands run already`);
  const begun = begunWithin(state, command, at);
  demand(
    rate === undefined || begun.length < rate.count,
    `${name}: ${begun.length} of its ${limit} commands have begun within ${rate?.text}`,
  );
  state.begunUnderLimit.set(nameLimit(command), [...begun, at]);
}

/** Whether a command has to wait for one of its limits. */
export function isLimited(state: State, command: ModelCommand, now: number): boolean {
  const limit = limitOf(command);
  if (limit === undefined) return false;
  const { concurrency = Number.POSITIVE_INFINITY, rate } = limits[limit];
  return (
    countRunning(state, command, now) >= concurrency || begunWithin(state, command, now).length >= (rate?.count ?? Number.POSITIVE_INFINITY)
  );
}

/** When the rate of a command that waits for it allows the next attempt. */
export function nextPlaceAt(state: State, command: ModelCommand, now: number): number | undefined {
  const limit = limitOf(command);
  const rate = limit === undefined ? undefined : limits[limit].rate;
  const [first] = begunWithin(state, command, now);
  return rate === undefined || first === undefined ? undefined : first + rate.windowMs;
}

/** An attempt has its place until it has ended or is out of time, whenever that is committed. */
function countRunning({ commandsInFlight }: State, command: ModelCommand, now: number): number {
  return [...commandsInFlight.values()].filter(
    ({ command: other, ending, at }) =>
      nameLimit(other) === nameLimit(command) && ending === undefined && now < at + policy.handlerTimeoutMs,
  ).length;
}

function begunWithin({ begunUnderLimit }: State, command: ModelCommand, now: number): readonly number[] {
  const { rate } = limits[limitOf(command)!];
  return (begunUnderLimit.get(nameLimit(command)) ?? []).filter((begun) => rate !== undefined && begun > now - rate.windowMs);
}

function nameLimit({ type, resource }: ModelCommand): string {
  return `${type} ${resource}`;
}
