import { inspect } from "node:util";
import { errorToText } from "../../errors.ts";
import { type LogFields, type Logger, silentLogger } from "../../platform/logger.ts";

/** From the level that shows everything to the one that shows nothing. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

export type LogLevel = (typeof logLevels)[number];

/** `logger` without the messages below `level`. */
export function limitLogger(logger: Logger, level: LogLevel): Logger {
  const isTold = (method: keyof Logger) => logLevels.indexOf(method) >= logLevels.indexOf(level);
  return {
    debug: isTold("debug") ? logger.debug : silentLogger.debug,
    info: isTold("info") ? logger.info : silentLogger.info,
    warn: isTold("warn") ? logger.warn : silentLogger.warn,
    error: isTold("error") ? logger.error : silentLogger.error,
  };
}

/** Messages as text for a person, a line each: level, message, the error's message, the fields as JSON. With `stacks`, an error's stack below it. */
export function createLineLogger(write: (line: string) => void, { stacks }: { readonly stacks: boolean }): Logger {
  const log =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}) => {
      const { error, ...facts } = fields;
      const text = error === undefined || message.includes(errorToText(error)) ? "" : `: ${errorToText(error)}`;
      const more = Object.keys(facts).length === 0 ? "" : ` ${formatFields(facts)}`;
      // A line that follows must not look like another message.
      write(`${level}: ${message}${text}${more}`.replaceAll("\n", "\n  "));
      if (stacks && error instanceof Error && error.stack !== undefined) write(error.stack);
    };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

// A handler may log values that are not JSON, and must not fail because of that.
function formatFields(fields: LogFields): string {
  try {
    return JSON.stringify(fields, (_key, value: unknown) =>
      value instanceof Error ? errorToText(value) : typeof value === "bigint" ? String(value) : value,
    );
  } catch {
    return inspect(fields, { breakLength: Number.POSITIVE_INFINITY });
  }
}
