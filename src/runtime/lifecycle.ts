/**
 * What a system is doing. `created`: it was not started yet. `standby`: it waits for the lease. `working`: it holds the lease, so it is the
 * worker. `client`: it was started and never becomes the worker. `lost`: another worker has displaced it, or its store is gone, so it has
 * ended its work; it can be started again. `stopped`: it has ended, and the next start opens the store anew.
 */
export type RuntimeState = "created" | "standby" | "working" | "client" | "lost" | "stopped";

/**
 * What moves the system from state to state. `start`: the user starts it. `start as client`: the user starts a client. `take`: the system
 * has taken the lease. `withdraw`: its start failed, so it is as before. `lose`: the lease or the store is gone. `stop`: the user stops it.
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
  /** Makes the move. Returns whether the state has changed. */
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
