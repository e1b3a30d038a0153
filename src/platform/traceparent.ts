/** A span as W3C's header `traceparent` writes it. Ids are hexadecimal, and the flags are one byte. */
export interface ParentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

// A later version of the header begins in the same way, and version ff is none.
const PATTERN = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

const LONGEST = 512;

/** Whether a text is a `traceparent`. What is none is ignored, as W3C wants it, because a trace is not worth an event. */
export function isTraceparent(value: unknown): value is string {
  return typeof value === "string" && value.length <= LONGEST && PATTERN.test(value);
}

/** `undefined` if the text is no `traceparent`. */
export function readTraceparent(text: string | null | undefined): ParentSpan | undefined {
  const [, traceId, spanId, flags] = PATTERN.exec(text ?? "") ?? [];
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId, flags: Number.parseInt(flags!, 16) };
}

export function writeTraceparent({ traceId, spanId, flags }: ParentSpan): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}`;
}
