import { ProcessError } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";

/** Whether a client is stopped, for all that waits and looks again. */
export interface Stopping {
  readonly isStopped: boolean;
  /** @throws ProcessError `SYSTEM_STOPPED` */
  refuseStopped(what: string): void;
  /** Resolves after `delayMs`, and at once when the client stops. */
  pause(delayMs: number): Promise<void>;
  stop(): void;
  /** A client that was stopped can be started again. */
  begin(): void;
}

export function createStopping(): Stopping {
  let isStopped = false;
  const ends = new Set<() => void>();
  return {
    get isStopped() {
      return isStopped;
    },
    refuseStopped: (what) => {
      if (isStopped) throw new ProcessError("SYSTEM_STOPPED", `${what}: the system is stopped`, { hint: "Call start() to go on." });
    },
    pause: (delayMs) =>
      new Promise((resolve) => {
        const end = () => {
          systemClock.clearTimeout(handle);
          ends.delete(end);
          resolve();
        };
        const handle = systemClock.setTimeout(end, delayMs);
        ends.add(end);
      }),
    stop: () => {
      isStopped = true;
      for (const end of ends) end();
    },
    begin: () => {
      isStopped = false;
    },
  };
}
