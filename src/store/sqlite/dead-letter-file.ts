import type { Database, DriverName } from "./driver/database.ts";
import type { DeadLetterFile } from "../dead-letter-file.ts";
import type { DeadLetterRecord, LetterEnd } from "../dead-letters.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { findOpenFiles } from "./open-files.ts";
import { openDatabase } from "./open-database.ts";
import { createRequests } from "./requests.ts";
import { translateErrors, translateSqliteError } from "./sqlite-error.ts";
import { createTally } from "./tally.ts";
import { watchFile } from "./watch-file.ts";
import { findForeignVersion } from "./foreign-version.ts";
import { createTransact } from "./transaction.ts";

/**
 * Opens the file, and makes it if it is not there. The file has the schema of a store and uses two of its tables.
 * @throws ProcessError `STORE_CORRUPT`, `STORE_FOREIGN`, `STORE_NEWER`, `STORE_UNAVAILABLE`
 */
export function openDeadLetterFile(path: string, driver?: DriverName): DeadLetterFile {
  const database = openDatabase({ path, synchronous: "full", driver });
  try {
    return createDeadLetterFile(database);
  } catch (error) {
    database.close();
    throw translateSqliteError(error, path);
  }
}

function createDeadLetterFile(database: Database): DeadLetterFile {
  const letters = translateErrors(createDeadLetters(database), database.name);
  // What is erased of a letter is overwritten. Letters are few, so that this may be for all of them.
  database.pragma("secure_delete = ON");
  const update = database.prepare<[Pick<DeadLetterRecord, "deadLetterId" | "subject" | "error" | keyof LetterEnd>]>(`
    UPDATE perdure_dead_letters SET status = @status, settled_at = @settledAt, settled_by = @settledBy, reason = @reason,
      retried_with = @retriedWith, subject = @subject, error = @error
    WHERE dead_letter_id = @deadLetterId`);

  return {
    letters,
    requests: translateErrors(createRequests(database), database.name),
    put: (letter) => {
      const { deadLetterId, subject, error, status, settledAt, settledBy, reason, retriedWith } = letter;
      if (letters.get(deadLetterId) === undefined) letters.add(letter);
      else update.run({ deadLetterId, subject, error, status, settledAt, settledBy, reason, retriedWith });
    },
    transact: createTransact(database, createTally(database)),
    foreignVersion: findForeignVersion(database).read,
    watchFile: (listener) => watchFile(database, listener),
    close: () => {
      try {
        findOpenFiles(database).letGo();
      } finally {
        database.close();
      }
    },
  };
}
