import { expectOption } from "../runtime/settings.ts";

/** Accepting events, taking a step, settling a command. One commit may be of several. */
export type CommitSubject = "accept" | "step" | "command";

/** Right before or right after the commit of what. */
export type CrashPoint = `${"before" | "after"}-${CommitSubject}`;

// In the order of an event's way.
const crashPoints: readonly CrashPoint[] = ["before-accept", "after-accept", "before-step", "after-step", "before-command", "after-command"];

/** What a caller is told whose OS process has ended under it. */
export class SimulatedCrash extends Error {
  override readonly name = "SimulatedCrash";

  constructor(point: CrashPoint) {
    super(`the system has crashed at ${point}, because the test says so; it has been started again`);
  }
}

/** Where the system is to crash, and how often still. */
export interface CrashPlan {
  /** @throws ProcessError `CONFIG_INVALID` */
  add(point: CrashPoint, times: number): void;
  /** The first of `points` that is planned, taken out of the plan. */
  take(points: readonly CrashPoint[]): CrashPoint | undefined;
}

export function createCrashPlan(): CrashPlan {
  const left = new Map<CrashPoint, number>();
  return {
    add: (point, times) => {
      expectOption(crashPoints.includes(point), "crashAt: point", point, crashPoints.join(", "));
      expectOption(Number.isInteger(times) && times >= 1, "crashAt: times", times, "a whole number from 1");
      left.set(point, times);
    },
    take: (points) => {
      const point = points.find((each) => (left.get(each) ?? 0) > 0);
      if (point !== undefined) left.set(point, left.get(point)! - 1);
      return point;
    },
  };
}
