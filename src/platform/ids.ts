import { v5, v7 } from "uuid";

/** Where identities come from. */
export interface Ids {
  /** A new identity that no other has, on this machine or another. */
  next(): string;
}

/** Version 7 UUIDs (RFC 9562): they sort by time, which keeps SQLite's indexes compact. */
export const systemIds: Ids = { next: () => v7() };

const NAMESPACE = "6f1c2b0e-8f0a-5d0b-9a55-7e2f3c1d4b60";

/** The identity that belongs to `name`: the same name always gives the same one (a version 5 UUID, RFC 9562). */
export function deriveId(name: string): string {
  return v5(name, NAMESPACE);
}
