import type { Domain } from "../../definition/model/definition.ts";
import { isPascalCase } from "../../definition/model/names.ts";
import type { Clock } from "../../platform/clock.ts";
import { deriveId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/logger.ts";
import type { CommandRecord } from "../../store/commands.ts";
import { ProcessError } from "../../errors.ts";
import { checkEvents, checkEventsNow } from "../check/check-events.ts";
import { findIdProblem } from "../check/id.ts";
import type { AddressedEvent } from "../decide/changes.ts";
import { describeKind, isPlainObject } from "../../platform/json.ts";
import { dropPromises } from "../../platform/promises.ts";
import type { Settings } from "../check/settings.ts";

/**
 * The events that a command's handler returned, ready to be accepted. An event without an eventId gets one that is the same if the command
 * is repeated.
 * @throws ProcessError `EVENT_INVALID`, `EVENT_PAYLOAD_INVALID`
 */
export type ReadReturned = (returned: unknown, command: CommandRecord) => Promise<readonly AddressedEvent[]>;

/** The same at once. @throws ProcessError also `SCHEMA_ASYNC` */
export type ReadReturnedNow = (returned: unknown, command: CommandRecord) => readonly AddressedEvent[];

export interface ReturnedPorts {
  readonly domain: Domain;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Reads what handlers return. An arrow function returns what its last call returned, and by then the effect has happened, so that refusing
 * the value would fail a command that was executed. So what has an event's type is taken for an event and checked as one, and everything
 * else is ignored, with a warning for the first of each command.
 */
export function createReturnedReader(ports: ReturnedPorts): ReadReturned {
  const { domain, settings } = ports;
  const rules = { domain, limits: settings.limits };
  const read = createReader(ports);
  return async (returned, command) => {
    const { given, defaultsAt, of } = read(returned, command);
    const events = await checkEvents(
      given.map(({ event }) => event),
      rules,
      defaultsAt,
      of,
    );
    return events.map((event, at) => ({ ...event, ...given[at]!.address }));
  };
}

/** Reads what transactional handlers return. */
export function createReturnedReaderNow(ports: ReturnedPorts): ReadReturnedNow {
  const { domain, settings } = ports;
  const rules = { domain, limits: settings.limits };
  const read = createReader(ports);
  return (returned, command) => {
    const { given, defaultsAt, of } = read(returned, command);
    const events = checkEventsNow(
      given.map(({ event }) => event),
      rules,
      defaultsAt,
      of,
    );
    return events.map((event, at) => ({ ...event, ...given[at]!.address }));
  };
}

/** What was returned, apart from what is no event, and what its events lack. */
function createReader({ settings, clock, logger }: ReturnedPorts) {
  const warned = new Set<string>();

  const warn = ({ type, commandId }: CommandRecord, ignored: unknown) => {
    if (warned.has(type)) return;
    warned.add(type);
    logger.warn(
      `command "${type}" returned ${describe(ignored)}, which is not an event and was ignored. To return events, return { type: "OrderPacked", aggregateId, payload }, ` +
        "with a type in PascalCase, or a list of them; to return none, put the body of the arrow function into braces. It is said once for each command.",
      { command: type, commandId },
    );
  };

  return (returned: unknown, command: CommandRecord) => {
    const { commandId, type, generation, correlationId } = command;
    const items: readonly unknown[] = isList(returned) ? returned : [returned];
    const found = [...items.entries()].filter(([, item]) => isEvent(item));
    if (found.length < items.length) {
      dropPromises(items);
      const ignored = items.find((item) => item !== undefined && item !== null && !isEvent(item));
      if (ignored !== undefined) warn(command, ignored);
    }
    const now = clock.now();
    const defaultsAt = (at: number) => ({
      now,
      nextId: () => deriveId(`${commandId}/${generation}/event/${found[at]![0]}`),
      correlationId,
      causationId: commandId,
    });
    const of = `command "${type}" (${commandId}) returned `;
    return { given: found.map(([, item]) => takeAddress(item, of, settings.limits)), defaultsAt, of };
  };
}

/** An event without the instance that it is for, and that instance. @throws ProcessError `EVENT_INVALID` */
function takeAddress(item: unknown, of: string, limits: Settings["limits"]): { readonly event: unknown; readonly address?: Address } {
  if (!isPlainObject(item) || !("processId" in item)) return { event: item };
  const { processId, ...event } = item;
  if (processId === undefined) return { event };
  const problem = findIdProblem(processId, limits);
  if (typeof processId === "string" && problem === undefined) return { event, address: { processId } };
  throw new ProcessError("EVENT_INVALID", `${of}event (${String(event["type"])}): its processId ${problem}`, {
    hint: "Nothing was accepted. Name the instance that the event is for, such as command.metadata.processId, or leave it out.",
    details: { type: event["type"], problem },
  });
}

type Address = Pick<AddressedEvent, "processId">;

// Reading what a library returned can throw, as with a revoked proxy, and then the value is not an event.
function isList(value: unknown): value is readonly unknown[] {
  return read(() => Array.isArray(value)) === true;
}

function isEvent(value: unknown): boolean {
  const type = read(() => (typeof value === "object" && value !== null && "type" in value ? value.type : undefined));
  return typeof type === "string" && isPascalCase(type);
}

function describe(value: unknown): string {
  return read(() => (isPlainObject(value) ? describeFields(value) : describeKind(value))) ?? "an object that cannot be read";
}

function describeFields(object: Readonly<Record<string, unknown>>): string {
  const { type } = object;
  if (typeof type === "string") return `an object of the type ${JSON.stringify(type.slice(0, 60))}`;
  const fields = Object.keys(object).slice(0, 5);
  return fields.length === 0 ? "an empty object" : `an object with ${fields.join(", ").slice(0, 120)}`;
}

function read<Value>(reading: () => Value): Value | undefined {
  try {
    return reading();
  } catch {
    return undefined;
  }
}
