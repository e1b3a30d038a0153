import type { ProcessName } from "../definition/types/register.ts";
import { expectOption, refuseUnknownKeys } from "../platform/options.ts";
import { readBy } from "../runtime/check/by.ts";
import type { Erased, EraseWish } from "../runtime/commit/erase.ts";

export interface EraseOptions {
  readonly aggregateId: string;
  /** Only what this process keeps of the aggregate. Default: all processes. */
  readonly process?: ProcessName;
  /** Who asks, for the journal: a text of 1 to 200 characters. */
  readonly by?: string;
  /**
   * Also writes the whole file anew, so that nothing of what was removed from it before is left in its free pages. That takes some 20 s for each
   * gigabyte, in which nothing else is done here and nobody can write to the file, and as much room on the disk. Default: `false`.
   */
  readonly vacuum?: boolean;
}

export interface Erasing {
  /**
   * Erases what is kept of an aggregate whose instances have ended, for good: payloads of its events and dead letters, contexts, errors, reasons, and
   * what the journals tell beside names and moments. Instances, events and letters stay, with their ids, types, moments and statuses, so that a
   * repeated `eventId` is still recognised. It resolves with how much was erased, when that is durable: all zero if nothing was there.
   * @throws ProcessError `ERASE_REFUSED` while something of the aggregate is still to be done: then nothing was erased, and
   * `details.hindrances` names each; `ERASE_UNAVAILABLE`, `CONFIG_INVALID`, `STORE_UNAVAILABLE`
   */
  erase(options: EraseOptions): Promise<Erased>;
}

export function createErasing(erase: (wish: EraseWish) => Promise<Erased>): Erasing {
  return { erase: async (options) => erase(readWish(options)) };
}

/** @throws ProcessError `CONFIG_INVALID` */
function readWish(options: EraseOptions): EraseWish {
  refuseUnknownKeys(options, "options", ["aggregateId", "process", "by", "vacuum"]);
  const { aggregateId, process, by, vacuum = false } = options;
  expectOption(typeof aggregateId === "string" && aggregateId !== "", "aggregateId", aggregateId, "the id of an aggregate");
  expectOption(process === undefined || typeof process === "string", "process", process, "the name of a process, or left out");
  expectOption(typeof vacuum === "boolean", "vacuum", vacuum, "true or false");
  return { choice: { aggregateId, process }, by: readBy(by), vacuum };
}
