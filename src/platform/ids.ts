import { hash, randomUUID } from "node:crypto";

/** Where identities come from. */
export interface Ids {
  /** A new identity that no other has, on this machine or another. */
  next(): string;
}

/** Version 7 UUIDs (RFC 9562, section 5.7): they sort by the millisecond they were made in, which keeps SQLite's indexes compact. */
export const systemIds: Ids = { next: () => stamp(Date.now(), "7", randomUUID()) };

const NAMESPACE = "6f1c2b0e-8f0a-5d0b-9a55-7e2f3c1d4b60";

/** The identity that belongs to `name`: the same name always gives the same one (a version 8 UUID, RFC 9562, section 5.8). */
export function deriveId(name: string): string {
  const hex = hash("sha1", NAMESPACE + name, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * The identity that belongs to `name` and `moment` (milliseconds since 1970): the same two always give the same one, and of
 * different moments the later sorts behind the earlier (a version 8 UUID, RFC 9562, section 5.8).
 */
export function deriveOrderedId(moment: number, name: string): string {
  return stamp(moment, "8", deriveId(name));
}

/** `uuid` with its first 48 bits replaced by `moment`, as in version 7, and its version by `version`. */
function stamp(moment: number, version: "7" | "8", uuid: string): string {
  const hex = Math.min(Math.max(moment, 0), LAST_STAMP).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-${version}${uuid.slice(15)}`;
}

const LAST_STAMP = 2 ** 48 - 1;
