import { withoutContext } from "../../platform/async-context.ts";
import type { Changes } from "../decide/changes.ts";

/** What one group commit made durable. */
export interface Committed {
  readonly steps: readonly Changes[];
  /** Events that were accepted from outside. */
  readonly accepted: number;
  /** Mailbox entries that were added, less those that were used up or dropped. */
  readonly waiting: number;
  /** Events that concerned nobody: not routed, or without an open instance when their turn came. */
  readonly ignored: number;
  /** The types of those of them that no process knows. */
  readonly unknownTypes: readonly string[];
  /** Another OS process has committed as well, so the numbers above are not all. */
  readonly foreign: boolean;
}

/** Tells its listeners of every group commit, after it. */
export interface CommitFeed {
  /** `onEnd` is told, with the reason, when there will be no more commits. Returns how to leave. */
  subscribe(listener: (committed: Committed) => void, onEnd?: (reason: unknown) => void): () => void;
  add(part: Partial<Committed>): void;
  /** Passes on what was added since, in no caller's async context. */
  publish(): void;
  /** From now on, whoever subscribes is told `reason` at once. */
  end(reason: unknown): void;
  /** After an end: there will be commits again. */
  begin(): void;
  /** Events that concerned nobody, since the beginning. */
  readonly ignored: number;
}

const createSums = () => ({ accepted: 0, waiting: 0, ignored: 0, unknownTypes: [] as string[], foreign: false });

export function createCommitFeed(onListenerError: (error: unknown) => void): CommitFeed {
  const listeners = new Map<(committed: Committed) => void, ((reason: unknown) => void) | undefined>();
  let allIgnored = 0;
  let ended: { readonly reason: unknown } | undefined;
  let steps: Changes[] = [];
  let sums = createSums();
  let hasNews = false;
  return {
    subscribe: (listener, onEnd) => {
      listeners.set(listener, onEnd);
      if (ended !== undefined) onEnd?.(ended.reason);
      return () => listeners.delete(listener);
    },
    add: ({ steps: more = [], accepted = 0, waiting = 0, ignored = 0, unknownTypes = [], foreign = false }) => {
      for (const step of more) steps.push(step);
      for (const type of unknownTypes) sums.unknownTypes.push(type);
      allIgnored += ignored;
      hasNews = true;
      sums.accepted += accepted;
      sums.waiting += waiting;
      sums.ignored += ignored;
      sums.foreign ||= foreign;
    },
    publish: () => {
      if (!hasNews) return;
      const committed = { steps, ...sums };
      [steps, sums, hasNews] = [[], createSums(), false];
      withoutContext(() => {
        for (const listener of listeners.keys()) {
          try {
            listener(committed);
          } catch (error) {
            onListenerError(error);
          }
        }
      });
    },
    begin: () => {
      ended = undefined;
    },
    end: (reason) => {
      ended = { reason };
      for (const onEnd of listeners.values()) onEnd?.(reason);
    },
    get ignored() {
      return allIgnored;
    },
  };
}
