import type { CommandHandlerArgs } from "perdure";

interface Gate {
  /** Says which command of which lane waits, in words that are the same on every host. */
  readonly name: string;
  readonly open: () => void;
}

/**
 * Command handlers wait here until they are let go, one at a time. How commands interleave with the steps of their instance and with the
 * lanes of others is not promised. Whoever compares two hosts lets one command go when all steps are done, and then sees more than the
 * promise says: the same order on both.
 */
export class Gates {
  readonly #waiting = new Set<Gate>();

  async wait({ command, signal }: CommandHandlerArgs): Promise<void> {
    const { aggregateId, type, metadata } = command;
    const { process, processId, dueAt } = metadata;
    // The processIds of one key differ from host to host, and have the order in which the instances began on each.
    const name = [process, aggregateId, processId, dueAt.toISOString(), type].join(" ");
    await new Promise<void>((resolve) => {
      const gate = { name, open: () => resolve() };
      this.#waiting.add(gate);
      const leave = () => {
        this.#waiting.delete(gate);
        resolve();
      };
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** Lets the first command go. `false`: none waits. */
  openNext(): boolean {
    const [first] = [...this.#waiting].toSorted((one, other) => (one.name < other.name ? -1 : 1));
    if (first === undefined) return false;
    this.#waiting.delete(first);
    first.open();
    return true;
  }
}
