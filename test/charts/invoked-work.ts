import type { CommandHandlerArgs } from "perdure";
import type { ActorLogic, AnyActor, Snapshot } from "xstate";
import { FAILED_HOURS, type Work } from "./chart-case.ts";

export const hourly = { maxRetries: FAILED_HOURS, initialDelay: "1h", maxDelay: "1h" } as const;

/** What machines invoke, as a command of Perdure with hourly retries: it fails until its time has come. */
export function work({ command, attempt }: CommandHandlerArgs): { readonly by: string } {
  const { hours, isGood } = command.payload as Work;
  if (!isGood || attempt <= hours) throw new Error("not yet");
  return { by: command.type };
}

type WorkSnapshot = Snapshot<{ readonly by: string }> & { readonly input: Work };

/** Calls `end` after so long. */
export type Schedule = (milliseconds: number, end: () => void) => void;

/** The same as an actor of XState: it ends when its time has come. `scheduleIn`: by the system of the actor that has invoked it. */
export function createWork(
  name: string,
  scheduleIn: (system: AnyActor["system"]) => Schedule,
): ActorLogic<WorkSnapshot, { readonly type: string }, Work> {
  return {
    getInitialSnapshot: (_, input) => ({ status: "active", output: undefined, error: undefined, input }),
    getPersistedSnapshot: (snapshot) => snapshot,
    start: ({ input: { hours, isGood } }, { self, system }) => {
      scheduleIn(system)((isGood ? hours : FAILED_HOURS) * 3_600_000, () => {
        if (self.getSnapshot().status === "active") self.send({ type: "ended" });
      });
    },
    transition: (snapshot, { type }) => {
      const { input } = snapshot;
      if (type === "xstate.stop") return { status: "stopped", output: undefined, error: undefined, input };
      return input.isGood
        ? { status: "done", output: { by: name }, error: undefined, input }
        : { status: "error", output: undefined, error: new Error("not yet"), input };
    },
  };
}
