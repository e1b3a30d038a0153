import { errorToText } from "../errors.ts";
import { callGuarded } from "./call-guarded.ts";

/** Where messages go. `fields` are facts for a program; `message` is a sentence for a person. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** The default: warnings and errors to the standard error stream, the rest nowhere. */
export const consoleLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (message, fields) => console.warn(`perdure: ${message}`, ...(fields === undefined ? [] : [fields])),
  error: (message, fields) => console.error(`perdure: ${message}`, ...(fields === undefined ? [] : [fields])),
};

/** Says nothing. */
export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * `logger` with silence for the methods that it lacks. A call of it never throws, because messages are about what has gone wrong already:
 * what `logger` itself throws, or rejects with, goes to the standard error stream together with what it was told.
 */
export function completeLogger(logger: Partial<Logger>): Logger {
  const complete = (method: keyof Logger) => (message: string, fields?: LogFields) => {
    const onError = (error: unknown) => console.error(`perdure: the logger failed (${errorToText(error)}) at ${method}: ${message}`);
    callGuarded(() => logger[method]?.(message, fields), onError);
  };
  return { debug: complete("debug"), info: complete("info"), warn: complete("warn"), error: complete("error") };
}

/** A logger that adds `fields` to everything it passes on. */
export function addLogFields(logger: Logger, fields: LogFields): Logger {
  return {
    debug: (message, more) => logger.debug(message, { ...fields, ...more }),
    info: (message, more) => logger.info(message, { ...fields, ...more }),
    warn: (message, more) => logger.warn(message, { ...fields, ...more }),
    error: (message, more) => logger.error(message, { ...fields, ...more }),
  };
}
