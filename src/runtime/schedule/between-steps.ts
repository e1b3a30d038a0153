import type { ProcessError } from "../../errors.ts";

/** Tasks that wait until an instance is between two steps, by the id of its mailbox. */
export interface BetweenSteps {
  /** Resolves when `task` has been performed. @throws ProcessError the reason of the end, if the run ends first */
  add(id: string, task: () => Promise<void>): Promise<void>;
  has(id: string): boolean;
  /** Performs the tasks that wait for `id`, in order. A task's failure rejects the promise of whoever added it. */
  perform(id: string): Promise<void>;
  /** Refuses the tasks that wait, and all later ones, with `reason`. The first reason stands. */
  close(reason: ProcessError): void;
}

export function createBetweenSteps(): BetweenSteps {
  const waiting = new Map<string, Task[]>();
  let ended: ProcessError | undefined;

  return {
    add: (id, task) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        const perform = () => task().then(resolve, reject);
        waiting.set(id, [...(waiting.get(id) ?? []), { perform, reject }]);
      }),
    has: (id) => waiting.has(id),
    perform: async (id) => {
      const tasks = waiting.get(id) ?? [];
      waiting.delete(id);
      for (const { perform } of tasks) await perform();
    },
    close: (reason) => {
      ended ??= reason;
      for (const tasks of waiting.values()) for (const { reject } of tasks) reject(ended);
      waiting.clear();
    },
  };
}

interface Task {
  readonly perform: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}
