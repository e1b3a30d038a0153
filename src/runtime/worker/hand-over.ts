import { errorToText } from "../../errors.ts";
import type { Logger } from "../../platform/logger.ts";
import type { DeadLetterFile } from "../../store/dead-letter-file.ts";
import type { Store } from "../../store/store.ts";
import { createFailureNews } from "../commit/failure-news.ts";

const PAGE = 100;

/**
 * Brings the file of dead letters up to date with the main store: it gets the letters that are new or were settled since. After a crash
 * between the two files, the next call writes the same letters again, which changes nothing. The function says whether all letters were handed
 * over.
 */
export function createHandOver(store: Store, file: DeadLetterFile, checkLease: () => void, logger: Logger): () => boolean {
  const news = createFailureNews();
  const handOver = () => {
    for (let letters = store.deadLetters.toHandOver(PAGE); letters.length > 0; letters = store.deadLetters.toHandOver(PAGE)) {
      const page = letters;
      file.transact(() => {
        for (const letter of page) file.put(letter);
      });
      store.transact(() => {
        checkLease();
        for (const { deadLetterId, status } of page) store.deadLetters.markHandedOver(deadLetterId, status);
      });
    }
  };
  return () => {
    try {
      handOver();
      news.end();
      return true;
    } catch (error) {
      if (news.isWorthTelling(error))
        logger.error(`dead letters could not be handed over to their file; they are kept, and it is tried again: ${errorToText(error)}`);
      return false;
    }
  };
}
