import type { DeadLetterRecord, DeadLetterRecords } from "./dead-letters.ts";
import type { FileWatch } from "./watch.ts";
import type { Requests } from "./requests.ts";

/**
 * A file for dead letters alone, which tools may read and settle without the main store. The file follows the main store:
 * letters are handed over after they were committed there, and a request made here is carried out there.
 */
export interface DeadLetterFile {
  readonly letters: Pick<DeadLetterRecords, "get" | "find">;
  readonly requests: Requests;
  /** Writes a letter as it is in the main store. To write the same letter again changes nothing. */
  put(letter: DeadLetterRecord): void;
  /** @throws ProcessError `STORE_UNAVAILABLE` */
  transact<Result>(work: () => Result): Result;
  /** A number that changes when another connection has committed. */
  foreignVersion(): number;
  /** Calls `listener` soon after anybody has written to the file, this OS process included. */
  watchFile(listener: () => void): FileWatch;
  close(): void;
}
