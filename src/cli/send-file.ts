import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { displayPath } from "../definition/display-path.ts";
import { errorToText, ProcessError } from "../errors.ts";
import { deriveId } from "../platform/ids.ts";
import type { ProcessSystem } from "../process-system.ts";
import type { DispatchedEvent } from "../definition/dispatched-event.ts";
import type { Receipt } from "../runtime/accept/accept.ts";
import { CliError, exitCodes } from "./exit-codes.ts";

/** How many events of a file had which outcome, so far. */
export type SentCounts = Readonly<Record<Receipt["outcome"], number>>;

/** Where a file being sent stands: `share` of it, from 0 to 1, if its size is known. */
export interface SendProgress {
  readonly counts: SentCounts;
  readonly share: number | undefined;
}

const BATCH = 500;

/**
 * Dispatches the events of a file of JSON lines, or of the standard input if it is called `-`, some hundreds at a time. A line
 * without an eventId gets one from its number and its text: a file that is sent again adds nothing.
 * @throws CliError naming the first line that is no event; the lines of its batch are not accepted, those of earlier batches are
 */
export async function sendFile(file: string, system: ProcessSystem, onProgress: (progress: SendProgress) => void): Promise<SentCounts> {
  const size = file === "-" ? undefined : await readSize(file);
  const input = file === "-" ? process.stdin : createReadStream(file);
  const counts = { accepted: 0, duplicate: 0, unrouted: 0 };
  let batch: readonly Line[] = [];
  const sendBatch = async () => {
    for (const { outcome } of await dispatchLines(batch, system)) counts[outcome] += 1;
    batch = [];
    onProgress({ counts, share: size === undefined || !("bytesRead" in input) ? undefined : input.bytesRead / size });
  };
  let number = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      if (text.trim() === "") continue;
      batch = [...batch, { number, event: readLine(text, number) }];
      if (batch.length === BATCH) await sendBatch();
    }
    if (batch.length > 0) await sendBatch();
  } catch (error) {
    throw explainStop(error, counts);
  }
  return counts;
}

interface Line {
  readonly number: number;
  readonly event: DispatchedEvent;
}

async function readSize(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() === true) return found.size;
  throw new CliError(exitCodes.notFound, `there is no file ${displayPath(file)}`, "Name a file with one event per line, as JSON, or - for the standard input.");
}

function readLine(text: string, number: number): DispatchedEvent {
  const event = parseLine(text, number);
  if (typeof event !== "object" || event === null || Array.isArray(event)) throw refuseLine(number, "it is no object");
  // What is wrong with its fields is for dispatch to say.
  return { eventId: deriveId(`line ${number}\n${text}`), ...event } as DispatchedEvent;
}

function parseLine(text: string, number: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuseLine(number, `it is no JSON: ${errorToText(error)}`);
  }
}

async function dispatchLines(lines: readonly Line[], system: ProcessSystem): Promise<readonly Receipt[]> {
  try {
    return await system.dispatch(lines.map(({ event }) => event));
  } catch (error) {
    if (!ProcessError.is(error) || !error.code.startsWith("EVENT_")) throw error;
    // The message begins with the event's place in its list.
    const [place = "event", index = "1"] = /^event (\d+) of \d+/.exec(error.message) ?? ["event"];
    throw refuseLine(lines[Number(index) - 1]!.number, error.message.replace(`\n  ${error.hint}`, "").slice(place.length).replace(/^[:\s]+/, ""));
  }
}

function refuseLine(number: number, problem: string): CliError {
  return new CliError(exitCodes.usage, `line ${number}: ${problem}`);
}

function explainStop(error: unknown, { accepted, duplicate, unrouted }: SentCounts): unknown {
  if (!(error instanceof CliError)) return error;
  const before = accepted + duplicate + unrouted;
  const done = before === 0 ? "Nothing was sent." : `The first ${before} events were sent, and nothing of this batch.`;
  return new CliError(error.exitCode, error.message, `${done} Correct the line and send the file again: what was accepted counts once.`);
}
