/**
 * What a system is doing. `created`: not started yet. `standby`: a worker that waits for the lease. `working`: the worker, which holds the
 * lease. `client`: started, and never the worker. `lost`: it was displaced by another worker, or its store is gone, and it has ended its
 * work; it can be started again. `stopped`: it has ended for good, and the next start opens the store anew.
 */
export type RuntimeState = "created" | "standby" | "working" | "client" | "lost" | "stopped";

/**
 * What moves it. `start`: the user starts it; `start as client`: a client's start. `take`: it has taken the lease. `withdraw`: its start
 * failed, and it is as if it had not been started. `lose`: the lease or the store is gone. `stop`: the user stops it.
 */
export type RuntimeMove = "start" | "start as client" | "take" | "withdraw" | "lose" | "stop";

/** The whole lifecycle. A move that a state does not name changes nothing. */
export const lifecycle: Readonly<Record<RuntimeState, Readonly<Partial<Record<RuntimeMove, RuntimeState>>>>> = {
  created: { start: "standby", "start as client": "client", lose: "lost", stop: "stopped" },
  standby: { take: "working", withdraw: "created", lose: "lost", stop: "stopped" },
  working: { lose: "lost", stop: "stopped" },
  client: { lose: "lost", stop: "stopped" },
  lost: { start: "standby", "start as client": "client", stop: "stopped" },
  stopped: {},
};

export interface Lifecycle {
  readonly state: RuntimeState;
  /** Whether the state is another one now. */
  move(by: RuntimeMove): boolean;
}

export function createLifecycle(): Lifecycle {
  let state: RuntimeState = "created";
  return {
    get state() {
      return state;
    },
    move: (by) => {
      const next = lifecycle[state][by];
      if (next === undefined) return false;
      state = next;
      return true;
    },
  };
}
