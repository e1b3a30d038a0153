import type { RetryOptions, RetryPolicy } from "../../definition/model/attempt-settings.ts";
import { readAttemptTimeout, readRetry } from "../../definition/read/attempt-settings.ts";
import type { Duration } from "../../platform/duration.ts";
import { expectOption, readOptionDuration, refuseUnknownKeys } from "../../platform/options.ts";
import { readSize, type Size, sizeForms } from "../../platform/size.ts";

/** The `processes` option: how handlers and commands are run. */
export interface ProcessesOptions {
  readonly retry?: RetryOptions;
  /** A second file that receives every dead letter. Without it, dead letters are in the main store alone. */
  readonly dlq?: { readonly type: "sqlite"; readonly path: string };
  /** How long one attempt of a handler may take. Default `"30s"`. */
  readonly handlerTimeout?: Duration | (string & {});
  /** How long a worker may be silent before another worker on the same file takes over. Default `"10s"`. */
  readonly lease?: Duration | (string & {});
  /** How many handlers, and how many command handlers, run at once. Default 64. */
  readonly concurrency?: number;
  /**
   * Whether OS processes that are not the worker have it accept the events that they were given, over a socket beside the store's file.
   * `false`: each writes its own, and a worker takes none. Default `true`.
   */
  readonly relay?: boolean;
}

/** How long things are kept that no open instance needs. They are removed in small steps while the worker works. */
export interface RetentionOptions {
  /** How long the journal of an instance is kept after its end. Default `"730d"`. */
  readonly journal?: Duration | (string & {});
  /** How long events are kept after their acceptance. An eventId that is repeated later counts as new. Default `"90d"`. */
  readonly deduplication?: Duration | (string & {});
  /** How long instances are kept after their end, with their settled dead letters. Default `"1825d"`. */
  readonly ended?: Duration | (string & {});
}

export interface RetentionSettings {
  readonly journalMs: number;
  readonly deduplicationMs: number;
  readonly endedMs: number;
}

/** The `limits` option: what is refused because nobody can have meant anything so large. */
export interface LimitsOptions {
  /** The longest payload of an event or a command, as JSON text in UTF-8. Up to `"128MB"`. Default `"16MB"`. */
  readonly payload?: Size | (string & {});
  /** The longest context of an instance, as JSON text in UTF-8. Up to `"128MB"`. Default `"1MB"`. */
  readonly context?: Size | (string & {});
  /** The longest identity or event type, in UTF-8. Default `"1kB"`. */
  readonly id?: Size | (string & {});
  /** The most events in one list, because a list is one commit. From 1,000. Default 500,000. */
  readonly events?: number;
}

/** The limits as numbers; those of `payload`, `context` and `id` are in bytes. */
export type Limits = Readonly<Record<keyof LimitsOptions, number>>;

/** The options, checked and with the defaults filled in. */
export interface Settings {
  readonly retry: RetryPolicy;
  readonly dlqPath: string | undefined;
  readonly handlerTimeoutMs: number;
  readonly leaseMs: number;
  readonly retention: RetentionSettings;
  readonly concurrency: number;
  readonly relay: boolean;
  readonly limits: Limits;
}

const defaultRetry: RetryPolicy = {
  retryStrategy: "exponential",
  maxRetries: 3,
  initialDelayMs: 1_000,
  maxDelayMs: 30_000,
  factor: 2,
  jitter: 0.1,
};

/** @throws ProcessError `CONFIG_INVALID`, naming the option */
export function readSettings(options: ProcessesOptions = {}, retention: RetentionOptions = {}, limits: LimitsOptions = {}): Settings {
  refuseUnknownKeys(options, "processes", ["retry", "dlq", "handlerTimeout", "concurrency", "lease", "relay"]);
  const { retry = {}, handlerTimeout = "30s", lease = "10s", concurrency = 64, relay = true } = options;
  expectOption(Number.isInteger(concurrency) && concurrency >= 1, "processes.concurrency", concurrency, "a whole number from 1");
  expectOption(typeof relay === "boolean", "processes.relay", relay, "true or false");

  return {
    retry: { ...defaultRetry, ...readRetry(retry, "processes.retry") },
    dlqPath: readDlqPath(options.dlq),
    handlerTimeoutMs: readAttemptTimeout(handlerTimeout, "processes.handlerTimeout"),
    leaseMs: readLease(lease),
    retention: readRetention(retention),
    concurrency,
    relay,
    limits: readLimits(limits),
  };
}

function readRetention(retention: RetentionOptions): RetentionSettings {
  refuseUnknownKeys(retention, "retention", ["journal", "deduplication", "ended"]);
  const { journal = "730d", deduplication = "90d", ended = "1825d" } = retention;
  return {
    journalMs: readOptionDuration(journal, "retention.journal"),
    deduplicationMs: readOptionDuration(deduplication, "retention.deduplication"),
    endedMs: readOptionDuration(ended, "retention.ended"),
  };
}

// The limit is what it is because JSON writes one character as six at most, and Node's longest string has 512 MB.
const LARGEST_PAYLOAD = "128MB";

function readLimits(limits: LimitsOptions): Limits {
  refuseUnknownKeys(limits, "limits", ["payload", "context", "id", "events"]);
  const { payload = "16MB", context = "1MB", id = "1kB", events = 500_000 } = limits;
  const payloadBytes = readJsonLimit(payload, "limits.payload");
  const contextBytes = readJsonLimit(context, "limits.context");
  const idBytes = readSize(id);
  expectOption(idBytes !== undefined && idBytes >= SHORTEST_ID, "limits.id", id, `${sizeForms}; from ${SHORTEST_ID} bytes`);
  expectOption(Number.isSafeInteger(events) && events >= SHORTEST_LIST, "limits.events", events, `a whole number from ${SHORTEST_LIST}`);
  return { payload: payloadBytes, context: contextBytes, id: idBytes, events };
}

function readJsonLimit(limit: unknown, option: string): number {
  const bytes = readSize(limit);
  const isInRange = bytes !== undefined && bytes >= 2 && bytes <= Number(readSize(LARGEST_PAYLOAD));
  expectOption(isInRange, option, limit, `${sizeForms}; from 2 bytes to ${LARGEST_PAYLOAD}`);
  return bytes;
}

// An identity has to fit that Perdure itself makes, and those have 36 characters.
const SHORTEST_ID = 36;

// A list has to fit that `perdure send --file` dispatches, which has 500 events.
const SHORTEST_LIST = 1_000;

// A shorter lease could expire during a pause of the garbage collector.
const SHORTEST_LEASE_MS = 200;

function readLease(lease: unknown): number {
  const leaseMs = readOptionDuration(lease, "processes.lease");
  expectOption(leaseMs >= SHORTEST_LEASE_MS, "processes.lease", lease, `${SHORTEST_LEASE_MS} ms or longer`);
  return leaseMs;
}

function readDlqPath(dlq: ProcessesOptions["dlq"]): string | undefined {
  if (dlq === undefined) return undefined;
  refuseUnknownKeys(dlq, "processes.dlq", ["type", "path"]);
  expectOption(dlq.type === "sqlite", "processes.dlq.type", dlq.type, '"sqlite"');
  expectOption(typeof dlq.path === "string" && dlq.path !== "", "processes.dlq.path", dlq.path, "the path of a file");
  return dlq.path;
}
