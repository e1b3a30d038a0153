import { createDeadLettersView, type DeadLetters } from "../observe/dead-letters.ts";
import { ProcessError } from "../errors.ts";
import { expectOption, refuseUnknownKeys } from "../platform/options.ts";
import { askWorker } from "../runtime/worker/asker.ts";
import { findOpenLetter } from "../runtime/commit/settle-letter.ts";
import { openDeadLetterFile } from "../store/sqlite/dead-letter-file.ts";
import { isThere } from "../store/sqlite/is-there.ts";
import { checkDriver, type StoreOptions } from "./store-options.ts";

/** The dead letters in the file that `processes.dlq.path` names. */
export interface DeadLetterBox extends DeadLetters, Disposable {
  close(): void;
}

/**
 * Opens a file of dead letters without the main store. The worker carries out what is retried or discarded here, and settles the letter in
 * both files. `driver` is that of the store, if it was chosen there.
 * @throws ProcessError `CONFIG_INVALID`, `STORE_CORRUPT`, `STORE_FOREIGN`, `STORE_NEWER`, `STORE_UNAVAILABLE`, `DRIVER_UNUSABLE`
 */
export function openDeadLetters(path: string, options: Pick<StoreOptions, "driver"> = {}): DeadLetterBox {
  expectOption(typeof path === "string" && path !== "", "openDeadLetters: path", path, "the path of a file");
  refuseUnknownKeys(options, "openDeadLetters", ["driver"]);
  const { driver } = options;
  checkDriver(driver, "openDeadLetters: driver");
  if (!isThere(path)) {
    throw new ProcessError("STORE_UNAVAILABLE", `${path}: there is no such file`, {
      hint: "Name the file of processes.dlq.path; the worker makes it.",
    });
  }
  const file = openDeadLetterFile(path, driver);
  let closed: ProcessError | undefined;
  const close = () => {
    closed = new ProcessError("SYSTEM_STOPPED", "the file of dead letters was closed", {
      hint: "The request stays in it and is carried out.",
    });
    file.close();
  };
  return {
    ...createDeadLettersView({
      letters: () => file.letters,
      settle: async (deadLetterId, settlement) => {
        findOpenLetter(file.letters, deadLetterId);
        await askWorker(
          file.requests,
          { ...settlement, deadLetterId },
          async (work) => file.transact(work),
          () => closed,
        );
      },
    }),
    close,
    [Symbol.dispose]: close,
  };
}
