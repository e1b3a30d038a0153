import type { Logger } from "../../platform/logger.ts";
import { countBytes, formatBytes, isLonger } from "../../platform/size.ts";

// A context is read and written whole at each step of its instance.
const LARGE_BYTES = 64 * 1_024;

/** Warns of the first large context of each process. */
export function createContextNotes(logger: Logger): (process: string, json: string) => void {
  const noted = new Set<string>();
  return (process, json) => {
    if (!isLonger(json, LARGE_BYTES) || noted.has(process)) return;
    noted.add(process);
    const bytes = countBytes(json);
    logger.warn(
      `process "${process}": the context of an instance is ${formatBytes(bytes)} as JSON. Each of its steps reads and writes all of it: ` +
        "keep what is large in a table of your own, and its key in the context",
      { process, bytes },
    );
  };
}
