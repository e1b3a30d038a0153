import { readDuration } from "../../platform/duration.ts";
import { isPlainObject } from "../../platform/json.ts";
import { expectOption, refuseUnknownKeys } from "../../platform/options.ts";
import type { Command } from "../model/command.ts";
import type { CommandLimitOptions, CommandLimits, Rate } from "../model/command-limits.ts";

/** The limits that a command's file or its entry in the option `commands` says. @throws ProcessError `CONFIG_INVALID` */
export function readCommandLimits(given: unknown): CommandLimits {
  refuseUnknownKeys(given, "limits", ["concurrency", "rate", "key"]);
  // The cast holds, because each option is checked below.
  const { concurrency, rate, key } = given as CommandLimitOptions;
  if (concurrency !== undefined) {
    expectOption(Number.isSafeInteger(concurrency) && concurrency >= 1, "limits.concurrency", concurrency, "a whole number from 1");
  }
  return { concurrency, rate: rate === undefined ? undefined : readRate(rate), keyOf: readKey(key) };
}

function readRate(given: unknown): Rate {
  const [, count = "", window = ""] = typeof given === "string" ? (/^(\d+)\/(.+)$/.exec(given) ?? []) : [];
  const windowMs = readDuration(window);
  const isRate = Number.isSafeInteger(Number(count)) && Number(count) >= 1 && windowMs !== undefined && windowMs > 0;
  expectOption(
    isRate,
    "limits.rate",
    given,
    'a whole number from 1, a slash and a duration longer than zero with one of the units ms, s, m, h, d, w, such as "100/1m"',
  );
  return { count: Number(count), windowMs };
}

function readKey(given: unknown): CommandLimits["keyOf"] {
  if (given === undefined) return undefined;
  const isField = typeof given === "string" && given !== "";
  expectOption(
    isField || typeof given === "function",
    "limits.key",
    given,
    "the name of a field of the payload, or a function of the command",
  );
  // The user's function says itself which payload it wants.
  if (!isField) return given as (command: Command) => unknown;
  return ({ payload }) => (isPlainObject(payload) && Object.hasOwn(payload, given) ? payload[given] : undefined);
}
