import { runActor } from "../../runtime/core/actor.ts";
import type { Host } from "../../runtime/core/host.ts";
import type { Changes } from "../../runtime/decide/changes.ts";
import { checkRoom } from "./key-size.ts";
import { decideAt, type OpenKey } from "./open-key.ts";

/** What came of an attempt at the next step of a key. */
export interface StepTaken {
  /** When it had been taken. */
  readonly now: number;
  /** What it changes; without it there was nothing to do. */
  readonly changes?: Changes;
  /** A timeout or a timer is due, and what was accepted meanwhile is to be looked at first. */
  readonly isDeadline?: true;
}

/**
 * Takes the next step of a key and gives what it changes, which is not written. It has no other effect than what a handler does, so that it can be
 * repeated. `mayTimeOut`: nothing that was accepted before now waits in front of the key.
 * @throws if the attempt was cut off
 */
export async function takeStep(key: OpenKey, mayTimeOut: boolean): Promise<StepTaken> {
  const { rules, store, memory, id, kept } = key;
  const { clock, attempts } = rules;
  const taken: { changes?: Changes; isDeadline?: true } = {};
  let isCut = false;
  const host: Host = {
    ...rules,
    ...decideAt(key, () => clock.now()),
    clock,
    store,
    memory,
    attempts: {
      ...attempts,
      run: async (...attempt) => {
        const result = await attempts.run(...attempt);
        isCut ||= result.outcome === "cut";
        return result;
      },
    },
    // Limits hold for all keys together, and no key knows of another.
    limiter: undefined,
    isStopping: false,
    inTurn: (_kind, _number, _describe, attempt) => attempt({ isInDoubt: false, end: () => {} }),
    commit: async (given) => {
      const step = typeof given === "function" ? given() : given;
      if (step.source.from === "timeout" && !mayTimeOut) taken.isDeadline = true;
      else {
        checkRoom(kept, step);
        taken.changes = step;
      }
      return { applied: taken.changes !== undefined };
    },
    betweenSteps: () => Promise.reject(new Error(`${id}: a step waits for the moment between two steps, which it is in`)),
    isAwake: () => true,
    holdLane: () => {},
    // Whoever has taken the step looks at the key again.
    holdSteps: () => {},
    noteKept: () => {},
    noteAwaited: () => {},
    // An attempt of a policy is no step: it runs beside its key.
    noteAwaitedPolicy: () => {},
    noteOutlived: () => {},
    noteContext: () => {},
    noteNewer: () => {},
  };
  await runActor(id, host, () => taken.changes !== undefined || taken.isDeadline === true);
  if (isCut && taken.changes === undefined) {
    throw new Error(`${id}: the step was cut off, because this OS process stops; another takes it again`);
  }
  return { now: clock.now(), ...taken };
}
