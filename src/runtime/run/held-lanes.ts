/** Lanes that wait until their instance has done what comes before their next command, by the instance's mailbox. */
export interface HeldLanes {
  hold(lane: string, mailbox: string): void;
  /** Releases the lanes of a mailbox that has done a step, or has nothing to do, because the step may be the one that they wait for. */
  release(mailbox: string): void;
}

export function createHeldLanes(wake: (lane: string) => void): HeldLanes {
  const held = new Map<string, string[]>();
  return {
    hold: (lane, mailbox) => void held.set(mailbox, [...(held.get(mailbox) ?? []), lane]),
    release: (mailbox) => {
      if (held.size === 0) return;
      const released = held.get(mailbox) ?? [];
      held.delete(mailbox);
      for (const lane of released) wake(lane);
    },
  };
}
