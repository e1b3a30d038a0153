import { readFileSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import { type StateValue, type Status, statuses } from "../../definition/model/instance.ts";
import { errorToText } from "../../errors.ts";
import { readStateValue } from "../../machine/state-paths.ts";
import type { IndexedValue } from "../../store/context-index.ts";
import { readMoment } from "../../runtime/check/moment.ts";
import { systemClock } from "../../platform/clock.ts";
import { readDuration } from "../../platform/duration.ts";
import { parseExactJson } from "../../platform/exact-json.ts";
import { CliError, exitCodes } from "./exit-codes.ts";

/** Reads `--limit`. */
export function readCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It has to be a whole number from 1.");
}

/** Reads `--cursor`. */
export function readCursor(text: string): string {
  if (/^[\w-]+$/.test(text)) return text;
  throw new InvalidArgumentError("It has to be the cursor that the page before gave.");
}

/** Reads `--port`. */
export function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("It has to be a whole number from 1 to 65535.");
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `<host>:<port>`, such as `127.0.0.1:9464` or `[::1]:9464`; a port alone is one of 127.0.0.1. */
export function readAddress(text: string): Address {
  const [, six, host = six, port] = /^(?:(?:\[([\da-fA-F:.]+)\]|([^\s:[\]/]+)):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined) throw new InvalidArgumentError("It has to be an address and a port, such as 127.0.0.1:9464.");
  return { host: host ?? "127.0.0.1", port: readPort(port) };
}

/** Reads `--url`. */
export function readPageUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new InvalidArgumentError("It has to be the whole address of a page, such as https://stately.ai/inspect.");
}

/** Reads `--status`. */
export function readStatus(text: string): Status {
  const status = statuses.find((each) => each === text.replace("-", "_"));
  if (status !== undefined) return status;
  throw new InvalidArgumentError(`It has to be one of ${statuses.join(", ")}.`);
}

/** Reads `--state <state>`: the path of a state, such as `paying.card`, or XState's value as JSON. */
export function readState(text: string): StateValue {
  try {
    return readStateValue(text);
  } catch {
    throw new InvalidArgumentError(`It has to be the name of a state, such as paying.card, or JSON such as {"paying":"card"}.`);
  }
}

/**
 * Reads one `--where <key>=<value>` more. What is a number, `true`, `false`, `null` or a text in quotation marks by the rules of JSON is
 * that; anything else is a text as it stands.
 */
export function readWhere(text: string, before: Readonly<Record<string, IndexedValue>> = {}): Readonly<Record<string, IndexedValue>> {
  const [key, value] = splitOnce(text, "=");
  if (key === "" || value === undefined)
    throw new InvalidArgumentError("It has to be a key of the context and a value: --where customerId=c-1.");
  if (Object.hasOwn(before, key)) throw new InvalidArgumentError(`It names ${key} a second time, but an instance has one value at a key.`);
  return { ...before, [key]: readIndexedValue(value) };
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function readIndexedValue(text: string): IndexedValue {
  try {
    const value: unknown = JSON.parse(text);
    // A number that JSON writes in another way, such as an id of twenty digits, would be another one.
    if (typeof value === "number") return String(value) === text ? value : text;
    return value === null || typeof value === "string" || typeof value === "boolean" ? value : text;
  } catch {
    // It is not JSON, so it is the text itself.
    return text;
  }
}

/** JSON that was given as an argument. It is in an object, because Commander takes `null` for an option without a value. */
export interface GivenJson {
  readonly value: unknown;
}

/** Reads `--payload <json>`. */
export function readJson(text: string): GivenJson {
  try {
    return { value: parseExactJson(text) };
  } catch (error) {
    throw new InvalidArgumentError(`It ${errorToText(error)}.`);
  }
}

/** JSON that was given as an argument, or in a file that an argument names as `@<path>`. */
export type GivenJsonOrFile = GivenJson | { readonly path: string };

/** Reads `--payload <json>`, where `@<path>` names a file that has the JSON. */
export function readJsonOrPath(text: string): GivenJsonOrFile {
  return text.startsWith("@") ? { path: text.slice(1) } : readJson(text);
}

/** @throws CliError if the file cannot be read or has no JSON */
export function openGivenJson(given: GivenJsonOrFile): unknown {
  if ("value" in given) return given.value;
  const { path } = given;
  try {
    return parseExactJson(readFileSync(path, "utf8"));
  } catch (error) {
    const problem = error instanceof SyntaxError ? `it ${error.message}` : errorToText(error);
    throw new CliError(exitCodes.usage, `${path}: ${problem}`, "Name a file that has one JSON value.");
  }
}

// What a terminal has at least.
const NARROW = 80;

/** Help's examples, each a command and what it does: beside it, or below all of them where that is too wide. */
export function formatExamples(examples: readonly (readonly [command: string, what: string])[]): string {
  const longest = Math.max(...examples.map(([command]) => command.length));
  const isWide = examples.some(([, what]) => longest + what.length + 6 > NARROW);
  const lines = examples.map(([command, what]) => (isWide ? `  $ ${command}\n      ${what}` : `  $ ${command.padEnd(longest)}  ${what}`));
  return ["", "Examples:", ...lines].join("\n");
}

/** Reads `--to`, in milliseconds since 1970. */
export function readTo(text: string): number {
  const duration = readDuration(text);
  if (duration !== undefined) return systemClock.now() + duration;
  const moment = readMoment(text);
  if (typeof moment === "number") return moment;
  throw new InvalidArgumentError("It has to be a time from now, such as 3d, or a moment with its zone, such as 2027-01-31T09:00:00Z.");
}
