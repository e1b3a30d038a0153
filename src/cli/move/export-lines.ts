import type { ExportedFacts, ExportedKey } from "../../store/exported-key.ts";

/** The version of the format. A program refuses an export of a newer one. */
export const EXPORT_FORMAT = 1;

/** The first line of an export. */
export interface ExportHeader extends ExportedFacts {
  readonly perdure: "export";
  readonly format: number;
  /** Names this export. A key that was imported from it is not imported from it again. */
  readonly exportId: string;
  /** As of when, as ISO 8601. */
  readonly at: string;
}

/** Each line between the first and the last: a key. Moments are milliseconds since 1970. */
export interface KeyLine extends Omit<ExportedKey, "seen"> {
  /** Events by which a repeated one is recognised, and until when. */
  readonly seen: readonly { readonly eventId: string; readonly until: number }[];
}

/** The last line. An export without it is not whole. */
export interface ExportEnd {
  readonly end: true;
  readonly keys: number;
}
