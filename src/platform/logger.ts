import { inspect } from "node:util";
import { errorToText } from "../errors.ts";
import { callGuarded } from "./call-guarded.ts";
import { toPrintableBlock } from "./printable.ts";

/** Where messages go. `fields` are facts for a program; `message` is a sentence for a person. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** The default logger. It writes warnings and errors to the standard error stream, and nothing else. */
export const consoleLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (message, fields) => console.warn(formatForConsole(message, fields)),
  error: (message, fields) => console.error(formatForConsole(message, fields)),
};

/**
 * One text, made printable, because messages and recorded errors may hold what a terminal would act on. The console is given no second
 * argument, because it would take a `%s` in the message for that argument's place.
 */
function formatForConsole(message: string, fields?: LogFields): string {
  return toPrintableBlock(`perdure: ${message}${fields === undefined ? "" : ` ${inspect(fields)}`}`);
}

/** A logger that writes nothing. */
export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * `logger` with silence for the methods that it lacks. A call of its methods never throws, because messages are about what has gone wrong
 * already. What `logger` itself throws, or rejects with, goes to the standard error stream, together with the message that was to be logged.
 */
export function completeLogger(logger: Partial<Logger>): Logger {
  const complete = (method: keyof Logger) => (message: string, fields?: LogFields) => {
    const onError = (error: unknown) => consoleLogger.error(`the logger failed (${errorToText(error)}) at ${method}: ${message}`);
    callGuarded(() => logger[method]?.(message, fields), onError);
  };
  return { debug: complete("debug"), info: complete("info"), warn: complete("warn"), error: complete("error") };
}

/** A logger that adds `fields` to everything it passes on. */
export function addLogFields(logger: Logger, fields: LogFields): Logger {
  return new FieldLogger(logger, fields);
}

/** Its methods are made when they are read, because each attempt has such a logger, and few write to theirs. They may be taken out of it. */
class FieldLogger implements Logger {
  readonly #logger: Logger;
  readonly #fields: LogFields;

  constructor(logger: Logger, fields: LogFields) {
    this.#logger = logger;
    this.#fields = fields;
  }

  get debug(): Logger["debug"] {
    return (message, more) => this.#logger.debug(message, { ...this.#fields, ...more });
  }

  get info(): Logger["info"] {
    return (message, more) => this.#logger.info(message, { ...this.#fields, ...more });
  }

  get warn(): Logger["warn"] {
    return (message, more) => this.#logger.warn(message, { ...this.#fields, ...more });
  }

  get error(): Logger["error"] {
    return (message, more) => this.#logger.error(message, { ...this.#fields, ...more });
  }
}
