import { expectOption } from "../../platform/options.ts";

/** What a commit does: it accepts events, takes a step, or settles a command. One commit may do several of these. */
export type CommitSubject = "accept" | "step" | "command";

/** A moment right before or right after a commit, by what the commit does. */
export type CrashPoint = `${"before" | "after"}-${CommitSubject}`;

// The points come in the order in which an event reaches them.
const crashPoints: readonly CrashPoint[] = [
  "before-accept",
  "after-accept",
  "before-step",
  "after-step",
  "before-command",
  "after-command",
];

/** Rejects the call during which the OS process has ended, as the test has planned. */
export class SimulatedCrash extends Error {
  override readonly name = "SimulatedCrash";

  constructor(point: CrashPoint) {
    super(`the system has crashed at ${point}, because the test says so; it has been started again`);
  }
}

export interface CrashOptions {
  /** How often the system crashes there. Default 1. */
  readonly times?: number;
  /** Crash only at a commit of this handler, such as `on-order-placed` or `order/order-lifecycle/on-order-placed`, or of this command. */
  readonly of?: string;
}

/** What a commit does, each with the names of the handlers and commands in it. */
export type CommitSubjects = ReadonlyMap<CommitSubject, ReadonlySet<string>>;

/** Where the system has to crash, and how many times more. */
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
