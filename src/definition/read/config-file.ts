import { basename } from "node:path";
import { errorToText } from "../../errors.ts";
import { noAttemptSettings } from "../model/attempt-settings.ts";
import { checkKeys, configKeys, readConfig, type ProcessConfig } from "./process-config.ts";
import { describeValue, type Report } from "../report/report.ts";
import { dropPromise } from "../../platform/promises.ts";
import { suggestName } from "../../platform/suggest.ts";

/** The config of a process whose index file has none that can be used. */
export const emptyConfig: ProcessConfig = {
  startedBy: [],
  completedBy: [],
  outcomes: new Map(),
  completeWhen: undefined,
  timeout: undefined,
  index: [],
  settings: noAttemptSettings,
  correlate: new Map(),
  keepEarlyMs: undefined,
  failedTimeout: undefined,
  version: 1,
};

/** Calls the `config` export of an index file and reads what it returns; `place` as for `readConfig`. */
export function readConfigExport(
  exports: Readonly<Record<string, unknown>>,
  place: { readonly file: string; readonly hasChart: boolean },
  report: Report,
): ProcessConfig {
  const { file } = place;
  const { config } = exports;
  if (config === undefined) {
    const close = suggestName("config", Object.keys(exports)) ?? ("default" in exports ? "default" : undefined);
    report.error("CONFIG_MISSING", {
      file,
      reason: `${basename(file)} exports no config${close === undefined ? "" : `; it does export ${close}`}`,
      fix,
    });
    return emptyConfig;
  }
  if (typeof config !== "function") {
    report.error("CONFIG_FUNCTION_INVALID", { file, reason: `config has to be a function, but is ${describeValue(config)}`, fix });
    return emptyConfig;
  }
  const returned = callConfig(config as AnyConfigFunction, file, report);
  if (returned === undefined) return emptyConfig;
  checkKeys(returned, configKeys, file, report);
  return readConfig(returned, place, report);
}

type AnyConfigFunction = (args: { readonly events: Readonly<Record<string, string>> }) => unknown;

const fix =
  'Export it as a function: export const config = ({ events }) => ({ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "7d" }).';

function callConfig(config: AnyConfigFunction, file: string, report: Report): Readonly<Record<string, unknown>> | undefined {
  let returned: unknown;
  try {
    returned = config({ events: eventNames });
  } catch (error) {
    report.error("CONFIG_FUNCTION_INVALID", { file, reason: `config throws: ${errorToText(error)}`, fix: `Correct what throws. ${fix}` });
    return undefined;
  }
  if (dropPromise(returned)) {
    report.error("CONFIG_FUNCTION_INVALID", {
      file,
      reason: "config returns a promise, but a definition has to be known at once",
      fix: `Remove async. ${fix}`,
    });
    return undefined;
  }
  if (typeof returned !== "object" || returned === null || Array.isArray(returned)) {
    report.error("CONFIG_FUNCTION_INVALID", {
      file,
      reason: `config has to return an object, but returns ${describeValue(returned)}`,
      fix,
    });
    return undefined;
  }
  return returned as Readonly<Record<string, unknown>>;
}

/** Every property is its own name. Whether such an event exists is checked when all files have been read. */
const eventNames: Readonly<Record<string, string>> = new Proxy(Object.freeze({}), {
  get: (_, name) => (typeof name === "string" ? name : undefined),
});
