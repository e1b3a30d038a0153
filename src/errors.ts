/**
 * Every code a {@link ProcessError} can carry, with what it means. Codes are stable: programs may switch on them.
 */
export const errorCodes = {
  DEFINITION_INVALID: "Files of the domain, or definitions made in code, have problems; all of them are in details.diagnostics.",
  CONFIG_INVALID: "An option or an argument is missing, misspelt or out of range.",
  CONFIG_FILE_MISSING: "There is no perdure.config file in the working directory or above it.",
  CONFIG_FILE_INVALID: "The perdure.config file throws, or exports nothing that can be used.",
  NODE_TOO_OLD: "The Node that runs this is older than Perdure needs.",
  INSTALLATION_BROKEN: "A package that the command line needs, or the reading of TypeScript, is missing or damaged.",
  XSTATE_UNUSABLE: "XState is missing, of a version that Perdure does not work with, or cannot be loaded.",
  DRIVER_UNUSABLE: "The SQLite driver or its binary is missing, or does not fit this Node or machine.",
  DURATION_INVALID: "A delay or timeout is not understood.",
  EVENT_INVALID:
    "An event given to dispatch lacks a field, or has a field that no event has, that is of the wrong kind, or that is too long.",
  EVENT_PAYLOAD_INVALID: "An event's payload is refused by its schema, is not JSON, or is too long.",
  CHART_FAILED:
    "A process's own chart could not take its step: a guard, an assignment, params, a delay, an input or an output threw or gave a promise.",
  CONTEXT_INVALID:
    "What a handler returned to change its instance's context is refused: by the schema, because it is not JSON, or is too long.",
  COMPLETE_WHEN_INVALID: "completeWhen of a process threw, or returned something else than true or false.",
  WHERE_INVALID: "Instances were looked for by a value of the context that no index holds, or without naming the process.",
  INDEX_UNFINISHED: "The index by which instances were looked for is still being built, so that some would not be found.",
  CORRELATE_INVALID: "correlate of a process threw, or returned something else than a key, a list of keys, or null.",
  CORRELATE_UNKNOWN:
    "The worker's definitions say by correlate which instances an event is for, and this OS process, which is to accept it, does not have them.",
  COMMAND_INVALID:
    "A command was dispatched with a wrong option, such as a missing aggregateId, or one that may be a field of its payload.",
  TIMEOUT_INVALID:
    "A handler moved or cancelled a timeout that is not there: of an instance that has ended or failed, or of a process without one.",
  COMMAND_PAYLOAD_INVALID: "A command's payload is refused by its schema, is not JSON, or is too long.",
  COMMAND_OUTPUT_INVALID: "What the handler of an invoked command returned is not JSON, or is too long.",
  INVOCATION_INVALID: "A chart invokes a process that does not exist, or gives it an input that its starting event does not accept.",
  COMMAND_UNKNOWN: "A command was dispatched that nothing handles.",
  ATTEMPT_ENDED: "A handler dispatched a command, or changed something of its instance, after its attempt had ended.",
  HANDLER_TIMEOUT: "A handler did not settle within handlerTimeout.",
  LIMIT_KEY_INVALID: "limits.key of a command threw, or gave something else than a text or a number.",
  HANDLER_CUT: "A handler was cut off because the system stopped; it runs again later.",
  HANDLER_MISSING: "A stored command has no handler any more.",
  TRANSACTION_INVALID:
    "The handler of a transactional command returned a promise, or did what would end or leave the transaction that it runs in.",
  TRANSACTION_OVER: "The database of a transactional handler was used after the handler had returned.",
  INBOX_UNAVAILABLE: "enqueue was called of a system that has not the connection of the program.",
  SCHEMA_ASYNC: "An event has to be checked at once, and the schema of its payload is asynchronous.",
  STORE_UNAVAILABLE: "The database cannot be read or written at the moment: full disk, read-only file, or a lock held too long.",
  STORE_CORRUPT: "The file is not an SQLite database, or is damaged.",
  STORE_FOREIGN: "The file is an SQLite database that another program wrote.",
  STORE_NEWER: "The file was written by a newer version of Perdure.",
  STORE_OLDER: "An older version of Perdure works on the file, so this version cannot bring it up to date yet.",
  STORE_REPLACED: "The file or its log was deleted, moved or replaced while it was open; nothing more is accepted into it.",
  SYSTEM_NOT_STARTED: "The call needs a system that has been started.",
  SYSTEM_STOPPED: "The system has been stopped.",
  INSTANCE_UNKNOWN: "There is no instance with that processId.",
  INSTANCE_ENDED: "The instance has ended, so that nothing of it can be changed any more.",
  INSTANCE_SUSPENDED: "The instance is suspended already.",
  INSTANCE_NOT_SUSPENDED: "The instance is not suspended, so that it cannot be resumed.",
  TIMEOUT_REFUSED: "The instance has no timeout that an operator could move: its process has none, or it is failed.",
  DEAD_LETTER_UNKNOWN: "There is no dead letter with that id.",
  DEAD_LETTER_SETTLED: "The dead letter was retried, skipped or discarded before.",
  COMMAND_NOT_SCHEDULED: "No command with that id waits: there never was one, or it has ended.",
  COMMAND_BEGUN: "The turn of the command has come, so that an operator cannot call it off or move it any more.",
  COMMAND_INVOKED: "The command was invoked by a chart, which waits for its result, so that it cannot be called off or moved alone.",
  SETTLEMENT_REFUSED:
    "The dead letter cannot be settled in that way: its payload is Perdure's own, or a chart needs what would be skipped.",
  PROCESS_REMOVED: "The dead letter belongs to a process that is no longer among the definitions.",
  POLICY_REMOVED: "The dead letter belongs to a policy that is no longer among the definitions.",
  REQUEST_PENDING: "No worker has answered what an operator asked for; the request stays, and the next worker carries it out.",
  ERASE_REFUSED: "Nothing was erased, because something of the aggregate is still to be done.",
  ERASE_UNAVAILABLE: "The adapter that keeps everything cannot erase.",
  LEASE_LOST: "Another worker has taken over the store; this one has stopped and committed nothing since.",
  WORKER_DIED: "A worker died, or stood still for longer than its lease, while an attempt ran alone.",
  SCHEDULE_UNKNOWN: "There is no schedule of that name.",
  SCHEDULE_EVENT_INVALID: "A schedule could not give the event of a moment: its function throws, or the event cannot be accepted.",
  WAIT_TIMEOUT: "waitFor gave up before an instance reached the status.",
  MIGRATION_FAILED:
    "A migration threw, returned something that is not a context of the version after, or is missing, so an instance of an older version stays as it is.",
  OPENTELEMETRY_UNUSABLE: "@opentelemetry/api is missing, of a version that Perdure does not work with, or cannot be loaded.",
  RESTATE_SDK_UNUSABLE: "Restate's SDK is missing, of a version that Perdure does not work with, or cannot be loaded.",
  RESTATE_UNREACHABLE: "No server of Restate answers at the address of its ingress or of its admin port.",
  RESTATE_TOO_OLD: "The server of Restate is older than Perdure needs.",
  RESTATE_UNREGISTERED:
    "The server of Restate does not know the services of a process, because no deployment was registered that has them.",
  RESTATE_REFUSED: "The server of Restate, or a service behind it, has refused a request.",
  DOMAIN_IN_USE: "What is to be registered with Restate would take over services of another domain or program.",
  PROCESSES_IN_USE: "The deployment to register does not serve processes of which something is still to be done.",
  PAGE_MISSING: "The page of perdure/ui is not in the installed package.",
  RESTATE_UNSUPPORTED: "A client on Restate does not have what was called, because no OS process commits steps there.",
  KEY_UNUSABLE: "Restate cannot be called with the key of an instance.",
  KEY_FULL: "What is kept of one key on Restate would become larger than one turn of the key can load.",
  KEY_IN_USE: "A key cannot be imported, because it has instances, events or commands of its own by now.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** What a {@link ProcessError} is made of. */
export interface ProcessErrorOptions {
  /** Facts a program can use, such as the identities involved. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The way out, as one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error class of Perdure. `problem` names the operation and the thing, and `hint` says the way out. `message` has both, because
 * Node and most loggers print nothing else of an error; a program that wants one of the two reads its field. `code` is one of
 * {@link errorCodes} and is stable.
 */
export class ProcessError extends Error {
  override readonly name = "ProcessError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  /** What went wrong, without the way out. */
  readonly problem: string;
  /** The way out, where there is one to name. Otherwise the error has no such property, so that nobody is shown one that is empty. */
  declare readonly hint: string | undefined;
  /** Where the code is explained, relative to the package. */
  readonly docs: string;

  constructor(code: ErrorCode, problem: string, options: ProcessErrorOptions = {}) {
    super(addHint(problem, options.hint), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.problem = problem;
    if (options.hint !== undefined) this.hint = options.hint;
    this.docs = `docs/reference/errors.md#${code.toLowerCase().replaceAll("_", "-")}`;
  }

  /**
   * Whether `value` is a ProcessError, and of `code` if one is given. It goes by shape, so that it also holds for an
   * error made by another copy of the package. It never throws: what cannot be read is none.
   */
  static is(value: unknown, code?: ErrorCode): value is ProcessError {
    try {
      return value instanceof Error && value.name === "ProcessError" && "code" in value && (code === undefined || value.code === code);
    } catch {
      return false;
    }
  }
}

/** A problem and its way out as one text: the way out stands on a line of its own. */
export function addHint(problem: string, hint: string | undefined): string {
  return hint === undefined ? problem : `${problem}\n  ${hint}`;
}

/** Throw it in a handler when another attempt cannot help: the step gives up at once. Recognised by its `name`. */
export class NonRetryableError extends Error {
  override readonly name: string = "NonRetryableError";
}

/**
 * The text of anything thrown; of an `AggregateError` without a message, those of its first errors. It never throws, whatever
 * was thrown.
 */
export function errorToText(error: unknown): string {
  try {
    const text = readMessage(error);
    if (text !== "" || !(error instanceof AggregateError)) return text;
    const texts = error.errors.slice(0, MOST_TEXTS).map(readMessage);
    return [...texts, ...(error.errors.length > MOST_TEXTS ? ["…"] : [])].join("; ");
  } catch {
    return "something that cannot be read";
  }
}

const MOST_TEXTS = 5;

// An error of another realm is not an instance of this realm's Error.
function readMessage(error: unknown): string {
  return String(typeof error === "object" && error !== null && "message" in error ? error.message : error);
}
