import { type EventDeclaration, listEventTypes, type ProcessDefinition } from "../model/definition.ts";
import { cancelledEventType, failedEventType, invocationEventType, timedOutEventType } from "../model/names.ts";
import type { Report } from "../report/report.ts";

/** Where the config of a definition is written, for what is reported. */
export type ConfigFile = (definition: ProcessDefinition) => string;

/** The types of all processes' own events, with the process that makes each. */
export function reserveEvents(definitions: readonly ProcessDefinition[]): ReadonlyMap<string, string> {
  return new Map(
    definitions.flatMap(({ process, name, chart }) => [
      [timedOutEventType(name), process],
      [failedEventType(name), process],
      ...((chart?.invoked.length ?? 0) > 0 ? [[invocationEventType(name), process] as const] : []),
    ]),
  );
}

/**
 * Reports where an own event's name is taken for an ordinary event: in the process that makes it, whose own special
 * handler would be meant, and in others unless an ordinary event of that name is declared. A `payment` process does not
 * keep a domain from having the event `PaymentFailed`; it only cannot react to it itself.
 */
export function checkReservedEvents(
  definitions: readonly ProcessDefinition[],
  events: ReadonlyMap<string, EventDeclaration>,
  configFile: ConfigFile,
  report: Report,
): void {
  for (const definition of definitions) checkCancelled(definition, events, report);
  const processByType = reserveEvents(definitions);
  for (const definition of definitions) {
    const { startedBy, completedBy, handlers, chart, declaredEvents, source } = definition;
    const check = (type: string, file: string, use: string) => {
      const process = processByType.get(type);
      const isOrdinary = events.has(type) || declaredEvents.includes(type);
      if (process === undefined || (process !== definition.process && isOrdinary)) return;
      report.error("EVENT_RESERVED", {
        file,
        reason: `${use} ${type}, which is the event that ${process} makes itself when ${describeOwn(type).moment}`,
        fix: `Rename the event or the process; what is to follow belongs in the process's own ${describeOwn(type).place}.`,
      });
    };
    for (const type of startedBy) check(type, configFile(definition), "startedBy names");
    for (const type of completedBy) check(type, configFile(definition), "completedBy names");
    for (const [type, { file }] of handlers) check(type, file ?? source, "the handler is for");
    for (const type of chart?.events ?? []) check(type, chart?.file ?? source, "the chart reacts to");
    const inConfig = new Set(listEventTypes(definition));
    for (const type of declaredEvents) if (!inConfig.has(type)) check(type, source, "events names");
  }
}

/**
 * Reports a cancelled handler whose name an event has too, so that either may be meant: `on-order-cancelled` in the process `order`. An event of
 * its own aggregate is meant where that declares it.
 */
function checkCancelled(
  { name, aggregate, cancelled, startedBy, completedBy, handlers, chart }: ProcessDefinition,
  events: ReadonlyMap<string, EventDeclaration>,
  report: Report,
): void {
  const type = cancelledEventType(name);
  if (cancelled === undefined) return;
  const { file } = cancelled;
  const isNamed = [...startedBy, ...completedBy, ...(chart?.events ?? [])].includes(type);
  if (!handlers.has(type) && (file === undefined || !(events.has(type) || isNamed))) return;
  report.error("EVENT_RESERVED", {
    file: file ?? `defineProcess("${aggregate}/${name}")`,
    reason: `${cancelled.name} is the handler of what follows when ${aggregate}/${name} is cancelled, and the domain has an event ${type} too`,
    fix:
      file === undefined
        ? "Rename the event or the process."
        : `If it is to handle the event, declare that with a file ${cancelled.name.slice("on-".length)}.ts under ${aggregate}/events; otherwise rename the event or the process.`,
  });
}

/** When a process makes an own event, and where it says what follows. */
function describeOwn(type: string): { readonly moment: string; readonly place: string } {
  if (type.endsWith("TimedOut")) return { moment: "it times out", place: "timed-out handler" };
  if (type.endsWith("Failed")) return { moment: "it fails", place: "failed handler" };
  return { moment: "something that its chart has invoked is settled", place: "chart, in onDone or onError" };
}
