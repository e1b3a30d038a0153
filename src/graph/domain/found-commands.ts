import type { ProcessDefinition } from "../../definition/model/definition.ts";
import type { FoundCommand } from "../draw-options.ts";
import { findDispatchedCalls } from "./names-in-code.ts";
import { listHandlers, readCode } from "./read-code.ts";

/**
 * The commands of a process by the names of its handlers, as the code of each says them. A handler is not run for this: what it dispatches depends
 * on the event, and a run would show one case of many. `isCommand` says which names are commands.
 */
export async function findCommands(
  definition: ProcessDefinition,
  isCommand: (name: string) => boolean = () => true,
): Promise<ReadonlyMap<string, readonly FoundCommand[]>> {
  const none = new Map<string, never>();
  const code = await readCode({ definitions: [definition], policies: none, commands: none, schedules: none });
  return new Map(
    listHandlers(definition).map((handler) => [handler.name, findDispatchedCalls(code.of(handler)).filter(({ name }) => isCommand(name))]),
  );
}
