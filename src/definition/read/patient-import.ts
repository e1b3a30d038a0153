import { systemClock } from "../../platform/clock.ts";
import { describeCircle } from "./import-circle.ts";
import type { ImportModule, ModuleExports } from "./import-module.ts";
import { describeValue } from "../report/report.ts";

/** How long the import of one file may take, in milliseconds. */
export const IMPORT_LIMIT_MS = 10_000;

/** An import that has not come to an end. */
export class ImportUnsettledError extends Error {
  override readonly name = "ImportUnsettledError";
}

/**
 * Gives up on an import that has not settled after `limitMs` of real time: it rejects with an `ImportUnsettledError`, which says why that
 * may be. The files after it, which are imported only to find what else is wrong, have a fifth of the time. Node's timer also keeps an OS
 * process alive that would end without a word, because nothing can happen in it any more.
 */
export function createPatientImport(importModule: ImportModule, limitMs: number = IMPORT_LIMIT_MS): ImportModule {
  let patienceMs = limitMs;
  return (file) =>
    new Promise((resolve, reject) => {
      const waitedMs = patienceMs;
      const timer = systemClock.setTimeout(() => {
        patienceMs = limitMs / 5;
        reject(new ImportUnsettledError(`its import has not come to an end after ${waitedMs / 1000} s: ${describeCircle(file)}`));
      }, waitedMs);
      const settle = () => systemClock.clearTimeout(timer);
      importExports(file, importModule).then(resolve, reject).finally(settle);
    });
}

// The option importModule is the program's own function, and may forget to return.
async function importExports(file: string, importModule: ImportModule): Promise<ModuleExports> {
  const exports: unknown = await importModule(file);
  if (typeof exports === "object" && exports !== null) return exports as ModuleExports;
  throw new TypeError(`importModule has to resolve with the exports of the file, but resolves with ${describeValue(exports)}`);
}
