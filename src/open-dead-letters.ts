import { createDeadLettersView, type DeadLetters } from "./observe/dead-letters.ts";
import { askWorker } from "./runtime/asker.ts";
import { findOpenLetter } from "./runtime/settle-letter.ts";
import { openDeadLetterFile } from "./store/sqlite/dead-letter-file.ts";

/** The dead letters in the file that `processes.dlq.path` names. */
export interface DeadLetterBox extends DeadLetters, Disposable {
  close(): void;
}

/**
 * Opens a file of dead letters without the main store. What is retried or discarded here is carried out by the worker, and
 * settles the letter in both files.
 * @throws ProcessError `STORE_CORRUPT`, `STORE_FOREIGN`, `STORE_NEWER`, `STORE_UNAVAILABLE`
 */
export function openDeadLetters(path: string): DeadLetterBox {
  const file = openDeadLetterFile(path);
  const close = () => file.close();
  return {
    ...createDeadLettersView({
      letters: () => file.letters,
      settle: async (deadLetterId, settlement) => {
        findOpenLetter(file.letters, deadLetterId);
        const { kind } = settlement;
        const body = kind === "retry" ? { kind, deadLetterId } : { kind, deadLetterId, reason: settlement.reason };
        await askWorker(file.requests, body, async (work) => file.transact(work));
      },
    }),
    close,
    [Symbol.dispose]: close,
  };
}
