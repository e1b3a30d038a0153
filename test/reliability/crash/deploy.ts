import type { Life, Orders } from "./life.ts";

/** What an OS process has of the processes, and of the plan. */
export type Deployed = Pick<Orders, "version" | "stage">;

/** A deploy in the midst of a course, as its workers go through it one after another. */
export interface Deploy {
  /** What the worker that began last has. */
  readonly current: Deployed;
  /** What the worker has that begins now. A standby begins beside another one. */
  begin(isStandby: boolean): Deployed;
  /** Notes what a life has found. @throws if a stage comes to no end */
  note(life: Life): void;
}

// How many workers a stage has, if by then all has come of it that is wanted.
const LONGEST_STAGE = 6;

// Most of them are not killed any more, so that they come to something.
const MOST_WORKERS = 300;

/**
 * A stage ends when enough workers have had it, and the first two not before `wanted` instances are of their version. A standby has nothing
 * of the last stage while version 1 works, so that the steps of that stage are version 2's.
 */
export function createDeploy({ maxKills, wanted }: { readonly maxKills: number; readonly wanted: number }): Deploy {
  const enough = Math.min(LONGEST_STAGE, Math.ceil(maxKills / 5));
  let current: Deployed = { version: 1, stage: 1 };
  let found: Life["found"] = { 1: 0, 2: 0 };
  let workers = 0;

  const choose = (isStandby: boolean): Deployed => {
    const { version, stage } = current;
    if (stage === 4 || workers < enough || (stage !== 3 && found[version] < wanted)) return current;
    workers = 0;
    if (stage === 1) return { version: 2, stage: 2 };
    return stage === 2 ? { version: 1, stage: 3 } : { version: 2, stage: isStandby && version === 1 ? 3 : 4 };
  };

  return {
    get current() {
      return current;
    },
    begin: (isStandby) => {
      current = choose(isStandby);
      workers += 1;
      return current;
    },
    note: (life) => {
      ({ found } = life);
      if (current.stage < 4 && workers > MOST_WORKERS)
        throw new Error(`stage ${current.stage} of the deploy has had ${workers} workers, and the last found ${JSON.stringify(found)}`);
    },
  };
}

const whole: Deployed = { version: 1, stage: 4 };

/** Without a deploy, each life has all of the plan. */
export const noDeploy: Deploy = { current: whole, begin: () => whole, note: () => {} };
