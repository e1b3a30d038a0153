import crypto from "node:crypto";

// Importing by name what an old Node lacks would fail before anybody could say that this Node is too old.
const { hash, randomUUID } = crypto;

/** The source of identities. */
export interface Ids {
  /** A new identity that no other has, on this machine or another. */
  next(): string;
}

/** Version 7 UUIDs (RFC 9562, section 5.7): they sort by the millisecond they were made in, which keeps SQLite's indexes compact. */
export const systemIds: Ids = { next: () => `${stamp(Date.now())}-7${randomUUID().slice(15)}` };

const NAMESPACE = "6f1c2b0e-8f0a-5d0b-9a55-7e2f3c1d4b60";

/** The identity that belongs to `name`: the same name always gives the same one (a version 8 UUID, RFC 9562, section 5.8). */
export function deriveId(name: string): string {
  const hex = hash("sha1", NAMESPACE + name, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * The identity that belongs to `name`, `moment` (milliseconds since 1970) and `position` (a whole number from 0): the same three
 * always give the same one. Of different moments the later sorts behind the earlier, and so do, in runs of 4,096, the positions
 * of one moment (a version 8 UUID, RFC 9562, section 5.8).
 */
export function deriveOrderedId(moment: number, position: number, name: string): string {
  const run = (position % 0x1000).toString(16).padStart(3, "0");
  return `${stamp(moment)}-8${run}${deriveId(name).slice(18)}`;
}

/** The first 48 bits of a UUID that sorts by time. */
function stamp(moment: number): string {
  const hex = Math.min(Math.max(moment, 0), LAST_STAMP).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

const LAST_STAMP = 2 ** 48 - 1;
