import { statSync } from "node:fs";
import { translateSqliteError } from "./sqlite-error.ts";

/**
 * Whether there is something at `path`. What cannot be looked at, as in a folder that cannot be entered, may well be there.
 * @throws ProcessError `STORE_UNAVAILABLE` if that cannot be told
 */
export function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw translateSqliteError(error, path);
  }
}
