import type { DeadLetterFile } from "../dead-letter-file.ts";
import type { DeadLetterRecord } from "../dead-letters.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { openDatabase } from "./open-database.ts";
import { createRequests } from "./requests.ts";
import { createTally } from "./tally.ts";
import { watchFile } from "./watch-file.ts";
import { createForeignVersion, createTransact } from "./transaction.ts";

/**
 * Opens the file, and makes it if it is not there. It has the schema of a store, of which it uses two tables.
 * @throws ProcessError `STORE_CORRUPT`, `STORE_FOREIGN`, `STORE_NEWER`, `STORE_UNAVAILABLE`
 */
export function openDeadLetterFile(path: string): DeadLetterFile {
  const database = openDatabase({ path, synchronous: "full" });
  const letters = createDeadLetters(database);
  const update = database.prepare<[Pick<DeadLetterRecord, "deadLetterId" | "status" | "settledAt" | "reason">]>(`
    UPDATE dead_letters SET status = @status, settled_at = @settledAt, reason = @reason WHERE dead_letter_id = @deadLetterId`);

  return {
    letters,
    requests: createRequests(database),
    put: (letter) => {
      const { deadLetterId, status, settledAt, reason } = letter;
      if (letters.get(deadLetterId) === undefined) letters.add(letter);
      else update.run({ deadLetterId, status, settledAt, reason });
    },
    transact: createTransact(database, createTally(database)),
    foreignVersion: createForeignVersion(database),
    watchFile: (listener) => watchFile(database, listener),
    close: () => database.close(),
  };
}
