import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { displayPath } from "../../definition/report/display-path.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import type { DispatchedEvent } from "../../definition/model/dispatched-event.ts";
import type { Receipt } from "../../runtime/commit/accept.ts";
import { parseExactJson } from "../../platform/exact-json.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import { createLineIdentities } from "./line-identity.ts";
import { type FileLine, readLines, refuseLine } from "./read-lines.ts";

/** How many events of a file had which outcome, so far. */
export type SentCounts = Readonly<Record<Receipt["outcome"], number>>;

/** Where a file being sent stands: `share` of it, from 0 to 1, if its size is known. */
export interface SendProgress {
  readonly counts: SentCounts;
  readonly share: number | undefined;
}

export interface SendFileOptions {
  /** A path, or `-` for the standard input. */
  readonly file: string;
  /** What the eventId of a line begins with, if the line itself has no eventId. */
  readonly idPrefix: string;
  onProgress(progress: SendProgress): void;
  /** Called before the first line without an eventId is sent, if the file has such lines. */
  onNameless(): void;
}

/** Only a part of a file was sent: every line up to `sentLines`, and none after it. */
export class SendInterruption extends Error {
  override readonly name = "SendInterruption";
  readonly sentLines: number;
  /** Whether a line had no eventId. */
  readonly hasNameless: boolean;

  constructor(cause: unknown, sentLines: number, hasNameless: boolean) {
    super("not all of the file was sent", { cause });
    this.sentLines = sentLines;
    this.hasNameless = hasNameless;
  }
}

/** A batch is one commit: of so many events, or of fewer that are large. */
const BATCH_EVENTS = 500;
const BATCH_CHARS = 8_000_000;

/**
 * Dispatches the events of a file of JSON lines, some hundreds at a time. A file that is sent again with the same `idPrefix` adds nothing.
 * @throws SendInterruption with what has stopped it as its cause, such as a CliError naming the first line that is not an event
 */
export async function sendFile({ file, idPrefix, onProgress, onNameless }: SendFileOptions, system: ProcessSystem): Promise<SentCounts> {
  const { input, size } = await openInput(file);
  const counts = { accepted: 0, kept: 0, duplicate: 0, unrouted: 0 };
  const nameLine = createLineIdentities(idPrefix);
  let [batch, batchChars, sentLines, hasNameless]: [Line[], number, number, boolean] = [[], 0, 0, false];
  const sendBatch = async () => {
    for (const { outcome } of await dispatchLines(batch, system)) counts[outcome] += 1;
    sentLines = batch.at(-1)?.number ?? sentLines;
    [batch, batchChars] = [[], 0];
    onProgress({ counts, share: size === undefined || !("bytesRead" in input) ? undefined : Number(input.bytesRead) / size });
  };
  try {
    for await (const line of readLines(input)) {
      if (line.text.trim() === "") continue;
      const event = readEvent(line);
      if (event.eventId === undefined && !hasNameless) {
        hasNameless = true;
        onNameless();
      }
      batch.push({ number: line.number, event: event.eventId === undefined ? { ...event, eventId: nameLine(line.text) } : event });
      batchChars += line.text.length;
      if (batch.length === BATCH_EVENTS || batchChars >= BATCH_CHARS) await sendBatch();
    }
    if (batch.length > 0) await sendBatch();
  } catch (error) {
    throw new SendInterruption(explainReadError(error, file), sentLines, hasNameless);
  }
  return counts;
}

interface Line {
  readonly number: number;
  readonly event: DispatchedEvent;
}

/** `size` is known of files alone, and not of pipes with a name. */
async function openInput(file: string): Promise<{ readonly input: Readable; readonly size: number | undefined }> {
  if (file === "-") return { input: process.stdin, size: undefined };
  const found = await stat(file).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) return { input: createReadStream(file), size: found.isFile() ? found.size : undefined };
  throw new CliError(
    exitCodes.notFound,
    `there is no file ${displayPath(file)}`,
    "Name a file with one event per line, as JSON, or - for the standard input.",
  );
}

function readEvent({ text, number }: FileLine): DispatchedEvent {
  const event = parseLine(text, number);
  if (typeof event !== "object" || event === null || Array.isArray(event)) throw refuseLine(number, "it is not an object");
  // dispatch says what is wrong with the fields of an event.
  return event as DispatchedEvent;
}

function parseLine(text: string, number: number): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw refuseLine(number, `it ${errorToText(error)}`);
  }
}

async function dispatchLines(lines: readonly Line[], system: ProcessSystem): Promise<readonly Receipt[]> {
  try {
    return await system.dispatch(lines.map(({ event }) => event));
  } catch (error) {
    if (!ProcessError.is(error) || !error.code.startsWith("EVENT_")) throw error;
    const { index, problem } = error.details;
    // An error without an index is about the whole list, so that it cannot be told of one line.
    if (typeof index !== "number" || typeof problem !== "string") throw error;
    throw refuseLine(lines[index]!.number, problem);
  }
}

function explainReadError(error: unknown, file: string): unknown {
  const { syscall } = error as NodeJS.ErrnoException;
  if (syscall !== "open" && syscall !== "read") return error;
  return new CliError(
    exitCodes.failure,
    `${file === "-" ? "the standard input" : displayPath(file)} cannot be read: ${errorToText(error)}`,
  );
}
