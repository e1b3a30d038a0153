import type { CommandDeclaration } from "../model/definition.ts";
import type { Handler } from "../model/handler.ts";
import { isCamelCase, kebabToCamel, toKebabCase } from "../model/names.ts";
import { describeValue, type Report } from "../report/report.ts";
import { reportUnknownKeys } from "../report/unknown-keys.ts";
import { readAttemptSettings, readReported } from "./attempt-settings.ts";
import { readCommandLimits } from "./command-limits.ts";
import { readGivenPayload } from "./given-payload.ts";

/** What the option `commands` says of one command. */
export interface GivenCommand extends Omit<CommandDeclaration, "name" | "source" | "transaction" | "parallel"> {
  // `undefined`: it does not say.
  readonly transaction: boolean | undefined;
  readonly parallel: boolean | undefined;
}

const keys = ["handler", "payload", "retry", "timeout", "limits", "transaction", "parallel"];

/** The commands of the option `commands` by name, with what is wrong left out. */
export function readGivenCommands(given: Readonly<Record<string, unknown>>, report: Report): ReadonlyMap<string, GivenCommand> {
  const commands = new Map<string, GivenCommand>();
  for (const [name, said] of Object.entries(given)) {
    const isNamed = checkName(name, report);
    const command = readGiven(name, said, report);
    if (isNamed && command !== undefined) commands.set(name, command);
  }
  return commands;
}

/** What a command's file or its entry in the option `commands` says of its attempts. */
export function readCommandSettings(
  given: Readonly<Record<string, unknown>>,
  file: string,
  report: Report,
): Pick<GivenCommand, "settings" | "limits" | "transaction" | "parallel"> {
  const { limits } = given;
  return {
    transaction: readFlag(given, "transaction", file, report),
    settings: readAttemptSettings(given, "timeout", file, report),
    limits: limits === undefined ? undefined : readReported(() => readCommandLimits(limits), file, report),
    parallel: readFlag(given, "parallel", file, report),
  };
}

/** When to say `true`, by the name of what is true or false. */
const flags = {
  transaction: "if the handler writes to the database in the transaction that settles its command",
  parallel: "if each of the command runs beside the others of its instance",
};

function readFlag(given: Readonly<Record<string, unknown>>, flag: keyof typeof flags, file: string, report: Report): boolean | undefined {
  const value = given[flag];
  if (value === undefined || typeof value === "boolean") return value;
  report.error("SETTING_INVALID", {
    file,
    reason: `${flag} has to be true or false, but is ${describeValue(value)}`,
    fix: `Write true ${flags[flag]}, or leave it out.`,
  });
  return undefined;
}

export function givenSource(name: string): string {
  return isCamelCase(name) ? `commands.${name}` : `commands[${JSON.stringify(name)}]`;
}

function readGiven(name: string, said: unknown, report: Report): GivenCommand | undefined {
  const file = givenSource(name);
  const isObject = typeof said === "object" && said !== null && !Array.isArray(said);
  const parts: Readonly<Record<string, unknown>> = isObject ? { ...said } : { handler: said };
  reportUnknownKeys(parts, keys, { owner: "a command", file }, report);
  const { handler, payload } = parts;
  const rest = readCommandSettings(parts, file, report);
  const schema = readGivenPayload(payload, { place: "payload", file }, report);
  if (payload !== undefined && schema === undefined) return undefined;
  if (typeof handler === "function") return { run: handler as Handler, schema, ...rest };
  report.error("HANDLER_INVALID", {
    file,
    reason: `a command's handler has to be a function, but is ${describeValue(handler)}`,
    fix: `Give ${isObject ? `${file}.handler` : file} a function: async ({ command }) => { … }.`,
  });
  return undefined;
}

function checkName(name: string, report: Report): boolean {
  if (isCamelCase(name)) return true;
  const better = kebabToCamel(toKebabCase(name));
  report.error("COMMAND_NAME_INVALID", {
    file: givenSource(name),
    reason: `${JSON.stringify(name)} is not a command name: command names are camelCase, such as sendWelcomeEmail`,
    fix: better === "" ? "Give it a name that begins with a small letter." : `Rename it to ${better}.`,
  });
  return false;
}
