import { ProcessError } from "../errors.ts";
import { withoutContext } from "../platform/async-context.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Store } from "../store/store.ts";

/** A store that is open, and the engine on it. */
export interface Opened {
  readonly store: Store;
  readonly runtime: Runtime;
  closeStores(): void;
}

/** The openings of a system's store. A system can be stopped and started again, and each start after a stop opens the store anew. */
export interface Openings {
  readonly opened: Opened | undefined;
  /** @throws ProcessError `SYSTEM_STOPPED` where nothing is open */
  current(): Opened;
  open(): Opened;
  /** Stops the engine and closes the store. While that is under way, further calls wait for the same end. */
  close(timeoutMs: number): Promise<void>;
  readonly isClosing: boolean;
  /** Resolves when the store is not being closed. */
  closed(): Promise<void>;
  /** Ends as a crash of the OS process would. */
  halt(): void;
  /** How many events concerned nobody, in all openings that have ended. */
  readonly ignoredBefore: number;
}

export function createOpenings(ports: { readonly open: () => Opened; readonly onOpened: (opened: Opened) => void }): Openings {
  let opened: Opened | undefined;
  let closing: Promise<void> | undefined;
  let ignoredBefore = 0;

  const open = (): Opened => {
    const next = ports.open();
    try {
      ports.onOpened(next);
    } catch (error) {
      next.closeStores();
      throw error;
    }
    opened = next;
    return next;
  };

  const close = async (timeoutMs: number) => {
    if (opened === undefined) return;
    const { runtime, closeStores } = opened;
    await runtime.stop(timeoutMs);
    ignoredBefore += runtime.feed.ignored;
    opened = undefined;
    closeStores();
  };

  return {
    get opened() {
      return opened;
    },
    current: () => {
      if (opened === undefined) throw new ProcessError("SYSTEM_STOPPED", "the system is stopped", { hint: "Call start() to go on." });
      return opened;
    },
    open: () => withoutContext(open),
    close: async (timeoutMs) => {
      closing ??= close(timeoutMs).finally(() => {
        closing = undefined;
      });
      return closing;
    },
    get isClosing() {
      return closing !== undefined;
    },
    closed: async () => closing,
    halt: () => {
      opened?.runtime.halt();
      opened?.closeStores();
      opened = undefined;
    },
    get ignoredBefore() {
      return ignoredBefore;
    },
  };
}
