import { refuseCursor } from "../../observe/page.ts";
import type { Place } from "../admin/sql.ts";

/** A place as a cursor, which needs no quotes in a shell. */
export function writePlace(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** @throws ProcessError `CONFIG_INVALID` */
export function readPlace(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [first, second] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as readonly unknown[];
    if (Number.isSafeInteger(first) && typeof second === "string") return [first as number, second];
  } catch {
    // A cursor that is not JSON, or not a list, is refused below.
  }
  throw refuseCursor(cursor);
}
