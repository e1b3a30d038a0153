import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { CommandDeclaration, Domain, HandlerDefinition, ProcessDefinition } from "../../definition/model/definition.ts";
import type { Handler } from "../../definition/model/handler.ts";

/** The code of what a domain runs, as text. */
export interface DomainCode {
  /** Of a handler: its file, and the function itself, which may come from elsewhere. */
  of(handler: Pick<HandlerDefinition, "run" | "file">): string;
}

/** Reads the code of all handlers, policies, commands and schedules. */
export async function readCode({
  definitions,
  policies,
  commands,
  schedules,
}: Pick<Domain, "definitions" | "policies" | "commands" | "schedules">): Promise<DomainCode> {
  const files = [
    ...definitions.flatMap(listHandlers).map(({ file }) => file),
    ...[...policies.values(), ...commands.values(), ...schedules.values()].map(({ source }) => source),
  ];
  const texts = new Map<string, string>();
  for (const file of new Set(files)) if (file !== undefined) texts.set(file, await readText(file));
  const shared = findShared([...commands.values()]);
  return {
    of: ({ run, file }) => [(file !== undefined && texts.get(file)) || "", shared.has(run) ? "" : String(run)].join("\n"),
  };
}

/** All handlers of a process, of events, of actions of its chart, and of its ends. */
export function listHandlers({ handlers, chart, timedOut, failed, cancelled }: ProcessDefinition): readonly HandlerDefinition[] {
  const all = [...handlers.values(), ...(chart?.actions.values() ?? []), timedOut, failed, cancelled];
  return all.filter((handler) => handler !== undefined);
}

// What was made in code has a source that is no file, and its function tells what there is to tell.
function readText(file: string): Promise<string> {
  return readFile(resolve(file), "utf8").catch(() => "");
}

/** The functions that handle several commands: what one of those says is said of no command. */
function findShared(commands: readonly CommandDeclaration[]): ReadonlySet<Handler> {
  const seen = new Set<Handler>();
  const shared = new Set<Handler>();
  for (const { run } of commands) {
    if (seen.has(run)) shared.add(run);
    seen.add(run);
  }
  return shared;
}
