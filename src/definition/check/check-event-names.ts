import { basename, extname } from "node:path";
import { reserveEvents, type ConfigFile } from "./check-reserved-events.ts";
import type { EventDeclaration, HandlerDefinition, ProcessDefinition } from "../model/definition.ts";
import { cancelledEventType, failedEventType, handlerName, timedOutEventType } from "../model/names.ts";
import type { Report } from "../report/report.ts";
import { didYouMean, isSameInOtherCase, suggestName } from "../../platform/suggest.ts";

/** Everything that says which events there are. */
export interface NamedEvents {
  readonly definitions: readonly ProcessDefinition[];
  readonly events: ReadonlyMap<string, EventDeclaration>;
  /** Whether the events that a process may know are declared: those of its aggregate have files, or there is the option `events`. */
  readonly declaresEvents: (definition: ProcessDefinition) => boolean;
  readonly configFile: ConfigFile;
}

/**
 * Finds events that a config names and nobody knows, and handlers whose event looks like a misspelling. The names of own
 * events are left to `checkReservedEvents`, because declaring them is not a way out.
 */
export function checkEventNames(named: NamedEvents, report: Report): void {
  const declared = new Set([...named.events.keys(), ...named.definitions.flatMap(({ declaredEvents }) => declaredEvents)]);
  const handled = named.definitions.flatMap((definition) => reactionsOf(definition).map(({ type }) => type));
  const inConfigs = named.definitions.flatMap(({ startedBy, completedBy }) => [...startedBy, ...completedBy]);
  const known = new Set([...declared, ...handled]);
  const reserved = reserveEvents(named.definitions);
  for (const definition of named.definitions) {
    checkConfigEvents(definition, named.configFile(definition), { known, reserved }, report);
    const expected = new Set([...declared, ...inConfigs.filter((type) => known.has(type))]);
    for (const reaction of reactionsOf(definition)) {
      if (!reaction.isRaised && !expected.has(reaction.type) && !reserved.has(reaction.type)) {
        checkUndeclared({ ...reaction, definition }, expected, named.declaresEvents(definition), report);
      }
    }
  }
}

/** What names an event that a process handles: a handler, or a chart. */
interface Reaction {
  readonly type: string;
  /** `undefined`: the chart reacts to it. */
  readonly handler: HandlerDefinition | undefined;
  /** Whether the chart makes the event itself. */
  readonly isRaised: boolean;
}

function reactionsOf({ handlers, chart }: ProcessDefinition): readonly Reaction[] {
  return [
    ...[...handlers].map(([type, handler]) => ({ type, handler, isRaised: false })),
    ...(chart?.events ?? []).map((type) => ({ type, handler: undefined, isRaised: chart?.raised.includes(type) === true })),
  ];
}

function checkConfigEvents(
  { startedBy, completedBy, aggregate }: ProcessDefinition,
  file: string,
  { known, reserved }: { readonly known: ReadonlySet<string>; readonly reserved: ReadonlyMap<string, string> },
  report: Report,
): void {
  for (const [key, types] of [
    ["startedBy", startedBy],
    ["completedBy", completedBy],
  ] as const) {
    for (const type of types) {
      if (known.has(type) || reserved.has(type)) continue;
      const close = suggestName(type, known);
      report.error("EVENT_UNKNOWN", {
        file,
        reason: `${key} names ${type}, which nothing declares and nothing handles${didYouMean(close)}`,
        fix: `${close === undefined ? "Declare" : `Write ${close}, or declare`} the event with a file ${handlerName(type).slice("on-".length)}.ts under ${aggregate}/events, or handle it with ${handlerName(type)}.ts.`,
      });
    }
  }
}

function checkUndeclared(
  { type, handler, definition }: Pick<Reaction, "type" | "handler"> & { readonly definition: ProcessDefinition },
  expected: ReadonlySet<string>,
  hasEvents: boolean,
  report: Report,
): void {
  const { source, name, chart, timedOut, failed, cancelled } = definition;
  const handled = reactionsOf(definition).map((reaction) => reaction.type);
  const special = [
    ...(timedOut ? [] : [timedOutEventType(name)]),
    ...(failed ? [] : [failedEventType(name)]),
    ...(cancelled ? [] : [cancelledEventType(name)]),
  ];
  const close = suggestName(type, [...[...expected].filter((other) => !handled.includes(other)), ...special]);
  const file = handler?.file ?? chart?.file ?? source;
  const reason = `${handler === undefined ? "the chart reacts to" : "the handler is for"} ${type}, which is not declared${didYouMean(close)}`;
  const rename = close === undefined ? undefined : renaming(handler, close);
  const inCode = file === source && handler !== undefined ? `in events, as ${type}: {}, or ` : "";
  const fix = `${rename === undefined ? "Declare" : `${rename}, or declare`} the event ${inCode}with a file ${(handler?.name ?? handlerName(type)).slice("on-".length)}.ts under the aggregate's events folder.`;
  // An event whose name has other capitals is never another one by intent.
  const isCertain = hasEvents || isSameInOtherCase(type, close ?? "");
  if (isCertain && close !== undefined) report.error("EVENT_UNDECLARED", { file, reason, fix });
  // Without declared events any name may be meant, except that a special handler's name is worth a second look.
  else if (hasEvents || special.includes(close ?? "")) report.warning("EVENT_UNDECLARED", { file, reason, fix });
}

function renaming(handler: HandlerDefinition | undefined, type: string): string {
  const file = handler?.file;
  return file === undefined ? `Write ${type}` : `Rename ${basename(file)} to ${handlerName(type)}${extname(file)}`;
}
