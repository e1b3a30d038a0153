import { expectOption } from "../../platform/options.ts";

/** Accepting events, taking a step, settling a command. One commit may be of several. */
export type CommitSubject = "accept" | "step" | "command";

/** Right before or right after the commit of what. */
export type CrashPoint = `${"before" | "after"}-${CommitSubject}`;

// In the order of an event's way.
const crashPoints: readonly CrashPoint[] = [
  "before-accept",
  "after-accept",
  "before-step",
  "after-step",
  "before-command",
  "after-command",
];

/** What a caller is told whose OS process has ended under it. */
export class SimulatedCrash extends Error {
  override readonly name = "SimulatedCrash";

  constructor(point: CrashPoint) {
    super(`the system has crashed at ${point}, because the test says so; it has been started again`);
  }
}

export interface CrashOptions {
  /** How often. Default 1. */
  readonly times?: number;
  /** Only at a commit of this handler, such as `on-order-placed` or `order/order-lifecycle/on-order-placed`, or of this command. */
  readonly of?: string;
}

/** What a commit is of, each with the names of the handlers and commands in it. */
export type CommitSubjects = ReadonlyMap<CommitSubject, ReadonlySet<string>>;

/** Where the system is to crash, and how often still. */
export interface CrashPlan {
  /** @throws ProcessError `CONFIG_INVALID` */
  add(point: CrashPoint, options: CrashOptions): void;
  readonly isEmpty: boolean;
  /** The point that is planned for this moment of a commit, taken out of the plan. */
  take(moment: "before" | "after", subjects: CommitSubjects): CrashPoint | undefined;
}

/** `checkName` throws if no handler and no command has a name. */
export function createCrashPlan(checkName: (name: string, what: string) => void): CrashPlan {
  const planned = new Set<{ readonly point: CrashPoint; readonly of: string | undefined; left: number }>();
  return {
    add: (point, { times = 1, of }) => {
      expectOption(crashPoints.includes(point), "crashAt: point", point, crashPoints.join(", "));
      expectOption(Number.isInteger(times) && times >= 1, "crashAt: times", times, "a whole number from 1");
      if (of !== undefined) {
        expectOption(!point.endsWith("accept"), "crashAt: of", of, "left out where events are accepted, which no handler has a part in");
        checkName(of, "crashAt");
      }
      planned.add({ point, of, left: times });
    },
    get isEmpty() {
      return planned.size === 0;
    },
    take: (moment, subjects) => {
      for (const crash of planned) {
        const subject = [...subjects.keys()].find((each) => crash.point === `${moment}-${each}`);
        if (subject === undefined || (crash.of !== undefined && !subjects.get(subject)!.has(crash.of))) continue;
        crash.left -= 1;
        if (crash.left === 0) planned.delete(crash);
        return crash.point;
      }
      return undefined;
    },
  };
}
