import { errorToText, ProcessError } from "../errors.ts";
import type { ErrorRecord } from "../definition/model/own-payloads.ts";
import { countOf } from "../platform/count-of.ts";
import { describeKind } from "../platform/json.ts";
import { createExcerpt, type Excerpt, isError, readOr } from "./excerpt.ts";

export const recordLimits = {
  /** Characters of one message, and of one stack. */
  text: 10_000,
  /** Errors of one AggregateError. */
  errors: 20,
  /** Causes and errors of an AggregateError below one another. */
  depth: 10,
} as const;

/**
 * Anything that was thrown, as plain data. It reads what belongs to the user (getters, proxies, errors that contain themselves),
 * and never throws, because a step whose failure cannot be recorded would fail again and again.
 */
export function recordError(thrown: unknown): ErrorRecord {
  return readError(thrown, createExcerpt(), []);
}

/** `above` are the errors that `thrown` is a cause or a part of. */
function readError(thrown: unknown, excerpt: Excerpt, above: readonly unknown[]): ErrorRecord {
  if (above.includes(thrown)) return createMark("it is among its own causes");
  if (above.length > recordLimits.depth || (excerpt.isSpent && above.length > 0)) return createMark("its causes go on");
  return readOr({ name: "Error", message: "something was thrown that cannot be read" }, () =>
    isErrorLike(thrown)
      ? describeError(thrown, excerpt, [...above, thrown])
      : { name: above.length === 0 ? nameThrown(thrown) : "Error", message: describeThrown(thrown, excerpt) },
  );
}

/** Whether `thrown` is an error, or an object that has a message as errors do. */
function isErrorLike(thrown: unknown): thrown is object {
  return (
    isError(thrown) ||
    (typeof thrown === "object" && thrown !== null && readOr(false, () => typeof Reflect.get(thrown, "message") === "string"))
  );
}

function describeError(error: object, excerpt: Excerpt, above: readonly unknown[]): ErrorRecord {
  const read = (name: string): unknown => readOr<unknown>(undefined, () => Reflect.get(error, name));
  const [name, message, stack, code, status, errors, cause] = ["name", "message", "stack", "code", "status", "errors", "cause"].map(read);
  const parts = readOr(undefined, () => (Array.isArray(errors) ? (errors as readonly unknown[]) : undefined));
  const hasCode = typeof code === "string" || typeof code === "number";
  const hasStatus = typeof status === "string" || typeof status === "number";
  const told = new Set(["name", "message", "stack", "cause", hasCode && "code", hasStatus && "status", parts && "errors"]);
  const names = readOr([], () => listProperties(error)).filter((each) => !told.has(each));
  // The properties are in the order of their worth, because what comes last is cut first.
  return {
    name: typeof name === "string" && name !== "" ? excerpt.text(name) : "Error",
    message: readOr(UNREADABLE_MESSAGE, () => describeMessage(error, message, excerpt)),
    ...(hasCode && { code: cutText(code, excerpt) }),
    ...(hasStatus && { status: cutText(status, excerpt) }),
    ...(typeof stack === "string" && { stack: excerpt.text(shortenStack(stack, message), recordLimits.text) }),
    ...(parts !== undefined && { errors: readOr([createMark("they cannot be read")], () => readParts(parts, excerpt, above)) }),
    ...(cause !== undefined && { cause: readError(cause, excerpt, above) }),
    ...(names.length > 0 && { properties: excerpt.properties(error, names) }),
  };
}

function readParts(parts: readonly unknown[], excerpt: Excerpt, above: readonly unknown[]): readonly ErrorRecord[] {
  const kept: ErrorRecord[] = [];
  while (kept.length < Math.min(parts.length, recordLimits.errors) && !excerpt.isSpent) {
    kept.push(readOr(createMark("it cannot be read"), () => readError(parts[kept.length], excerpt, above)));
  }
  return kept.length === parts.length ? kept : [...kept, createMark(countOf(parts.length - kept.length, "more error"))];
}

// A ProcessError's message has its problem and its hint, and its code says where it is explained, so only the details are worth keeping.
function listProperties(error: object): readonly string[] {
  if (!ProcessError.is(error)) return Object.keys(error);
  return Object.keys(error.details).length === 0 ? [] : ["details"];
}

const UNREADABLE_MESSAGE = "its message cannot be read";

function describeMessage(error: object, message: unknown, excerpt: Excerpt): string {
  if (message === undefined) return UNREADABLE_MESSAGE;
  return describeThrown(message === "" ? errorToText(error) : message, excerpt);
}

/** `Thrown string`: what is no error has no stack, and its name says why. */
function nameThrown(thrown: unknown): string {
  return `Thrown ${describeKind(thrown).replace(/^an? /, "")}`;
}

function describeThrown(thrown: unknown, excerpt: Excerpt): string {
  if (typeof thrown === "string") return excerpt.text(thrown, recordLimits.text);
  const value = excerpt.value(thrown);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function cutText(value: string | number, excerpt: Excerpt): string | number {
  return typeof value === "string" ? excerpt.text(value) : Number.isFinite(value) ? value : String(value);
}

// A stack begins with the message. Where the message is longer than all that is kept, the frames behind it would be lost.
function shortenStack(stack: string, message: unknown): string {
  if (stack.length <= recordLimits.text || typeof message !== "string" || message === "") return stack;
  return stack.replace(message, () => `${message.slice(0, LONGEST_HEADING)}…`);
}

const LONGEST_HEADING = 200;

function createMark(text: string): ErrorRecord {
  return { name: "…", message: text };
}
