import { systemClock } from "../platform/clock.ts";
import { describeCircle } from "./import-circle.ts";
import type { ImportModule } from "./import-module.ts";

/** How long the import of one file may take, in milliseconds. */
export const IMPORT_LIMIT_MS = 10_000;

/** An import that has not come to an end. */
export class ImportUnsettledError extends Error {
  override readonly name = "ImportUnsettledError";
}

/**
 * Gives up on an import that has not settled after `limitMs` of real time: it rejects with an `ImportUnsettledError`, which says why that
 * may be. The files after it, which are imported only to find what else is wrong, have a tenth of the time. Node's timer also keeps an OS
 * process alive that would end without a word, because nothing can happen in it any more.
 */
export function createPatientImport(importModule: ImportModule, limitMs: number = IMPORT_LIMIT_MS): ImportModule {
  let patienceMs = limitMs;
  return (file) =>
    new Promise((resolve, reject) => {
      const waitedMs = patienceMs;
      const timer = systemClock.setTimeout(() => {
        patienceMs = limitMs / 10;
        reject(new ImportUnsettledError(`its import has not come to an end after ${waitedMs / 1000} s: ${describeCircle(file)}`));
      }, waitedMs);
      const settle = () => systemClock.clearTimeout(timer);
      importModule(file).then(resolve, reject).finally(settle);
    });
}
