import type { AggregateListing, NamedFile } from "../definition/read/listing.ts";
import { findPolicyEvent } from "../definition/model/policy.ts";
import { listKnown, type Misnamed } from "./misnamed.ts";
import { relativePath, relativeSpecifier } from "./project-path.ts";
import { firstLine, registerPath, type VirtualFile } from "./virtual-file.ts";

/** The file that says which events, commands and processes there are, to the other generated files and to Perdure's own types. */
export function generateRegister(
  source: { readonly root: string; readonly aggregates: readonly AggregateListing[] },
  misnamed: Misnamed,
): VirtualFile {
  const { root, aggregates } = source;
  const typeOf = ({ name, file }: NamedFile) =>
    [name, `typeof import("${relativeSpecifier(registerPath, relativePath(root, file))}")`] as const;
  const handlers = aggregates.flatMap(({ processes }) => processes).flatMap((process) => process.handlers);
  const handled = handlers.filter(({ role, file }) => role === "event" && !misnamed.has(file));
  // A declaration goes before a handler that only names its event, and the first file before others of the same name.
  const events = firstByName([
    ...aggregates.flatMap((one) => one.events.map(typeOf)),
    ...handled.map(({ eventType }) => [eventType, "unknown"] as const),
    ...listOfPolicies(aggregates, misnamed).map((type) => [type, "unknown"] as const),
  ]);
  const commands = firstByName(aggregates.flatMap((one) => one.commands.map(typeOf)));
  const processes = new Set(aggregates.flatMap((one) => one.processes.map(({ name }) => `"${one.name}/${name}"`)));
  const lines = [
    firstLine,
    'import type * as Perdure from "perdure";',
    "",
    ...writeInterface("EventFiles", events),
    ...writeInterface("CommandFiles", commands),
    'export type Events = Perdure.WithCode<EventFiles, "events">;',
    'export type Commands = Perdure.KnownCommands<Perdure.WithCode<CommandFiles, "commands">>;',
    "",
    'declare module "perdure" {',
    "  interface Register {",
    "    readonly events: EventFiles;",
    "    readonly commands: CommandFiles;",
    `    readonly processes: ${processes.size === 0 ? "never" : [...processes].toSorted().join(" | ")};`,
    "  }",
    "}",
  ];
  return { path: registerPath, text: `${lines.join("\n")}\n` };
}

/** The events that policies are for, by the names of their files. */
function listOfPolicies(aggregates: readonly AggregateListing[], misnamed: Misnamed): readonly string[] {
  const known = listKnown(aggregates, misnamed);
  return aggregates
    .flatMap(({ policies }) => policies)
    .filter(({ file }) => !misnamed.has(file))
    .flatMap(({ name }) => findPolicyEvent(name, (type) => known.has(type)) ?? []);
}

type Entry = readonly [name: string, type: string];

function firstByName(entries: readonly Entry[]): readonly Entry[] {
  return [...new Map(entries.toReversed())].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function writeInterface(name: string, entries: readonly Entry[]): readonly string[] {
  if (entries.length === 0) return [`export interface ${name} {}`, ""];
  return [`export interface ${name} {`, ...entries.map(([key, type]) => `  readonly ${key}: ${type};`), "}", ""];
}
