import type { EventDeclaration, ProcessDefinition } from "./definition.ts";
import { failedEventType, timedOutEventType } from "./names.ts";
import type { Report } from "./report.ts";

/** Where the config of a definition is written, for what is reported. */
export type ConfigFile = (definition: ProcessDefinition) => string;

/** The synthetic event types of all processes, with the process that makes each. */
export function reserveEvents(definitions: readonly ProcessDefinition[]): ReadonlyMap<string, string> {
  return new Map(definitions.flatMap(({ process, name }) => [[timedOutEventType(name), process], [failedEventType(name), process]]));
}

/**
 * Reports every use of a synthetic event's name as an ordinary event. Only the process itself makes that event, and only
 * its own timed-out or failed handler receives it.
 */
export function checkReservedEvents(
  definitions: readonly ProcessDefinition[],
  events: ReadonlyMap<string, EventDeclaration>,
  configFile: ConfigFile,
  report: Report,
): void {
  const processByType = reserveEvents(definitions);
  const check = (type: string, file: string, use: string) => {
    const process = processByType.get(type);
    if (process === undefined) return;
    report.error("EVENT_RESERVED", {
      file,
      reason: `${use} ${type}, which is the event that ${process} makes itself when it ${type.endsWith("TimedOut") ? "times out" : "fails"}`,
      fix: `Rename the event or the process; what is to follow belongs in the process's own ${type.endsWith("TimedOut") ? "timed-out" : "failed"} handler.`,
    });
  };
  for (const { type, source } of events.values()) check(type, source, "the file declares");
  for (const definition of definitions) {
    const { startedBy, completedBy, handlers, declaredEvents, source } = definition;
    for (const type of startedBy) check(type, configFile(definition), "startedBy names");
    for (const type of completedBy) check(type, configFile(definition), "completedBy names");
    for (const [type, { file }] of handlers) check(type, file ?? source, "the handler is for");
    const inConfig = new Set([...startedBy, ...completedBy, ...handlers.keys()]);
    for (const type of declaredEvents) if (!inConfig.has(type)) check(type, source, "events names");
  }
}
