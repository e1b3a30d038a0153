import type { ExportedKey } from "../../store/exported-key.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { ExportEnd, ExportHeader, KeyLine } from "./export-lines.ts";

/** How much of what an export has. */
export interface ExportCounts {
  readonly keys: number;
  readonly open: number;
  readonly ended: number;
  /** Events and handler steps that wait, parked and kept ones too. */
  readonly waiting: number;
  readonly commands: number;
  /** Open ones. */
  readonly deadLetters: number;
  /** By which repeated events are recognised. */
  readonly eventIds: number;
}

export interface ExportSource {
  readonly header: ExportHeader;
  readonly keys: Iterable<ExportedKey>;
  /** For how long an event is recognised from its acceptance on. */
  readonly deduplicationMs: number;
  /** Throws if the keys are not all there were. Without the line that follows, an export is not whole. */
  checkWhole(): void;
}

/** Writes an export line by line, each key as it is read. */
export function writeExport({ header, keys, deduplicationMs, checkWhole }: ExportSource, write: (line: string) => void): ExportCounts {
  const counts = { keys: 0, open: 0, ended: 0, waiting: 0, commands: 0, deadLetters: 0, eventIds: 0 };
  write(JSON.stringify(header));
  for (const key of keys) {
    write(writeKey({ ...key, seen: key.seen.map(({ eventId, acceptedAt }) => ({ eventId, until: acceptedAt + deduplicationMs })) }));
    const open = key.instances.filter(({ endedAt }) => endedAt === null).length;
    counts.keys += 1;
    counts.open += open;
    counts.ended += key.instances.length - open;
    counts.waiting += key.entries.length;
    counts.commands += key.commands.length;
    counts.deadLetters += key.letters.filter(({ status }) => status === "open").length;
    counts.eventIds += key.seen.length;
  }
  checkWhole();
  const end: ExportEnd = { end: true, keys: counts.keys };
  write(JSON.stringify(end));
  return counts;
}

function writeKey(key: KeyLine): string {
  try {
    return JSON.stringify(key);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { process, aggregateId } = key;
    throw new CliError(
      exitCodes.failure,
      `${process} ${aggregateId} has more than a line can hold`,
      "Let its instance get on with what waits for it, or leave its journal out with --no-journal.",
    );
  }
}
