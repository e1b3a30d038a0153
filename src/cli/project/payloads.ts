import type { ProcessInstance } from "../../definition/model/instance.ts";
import type { JournalEntry } from "../../record/journal-entry.ts";
import type { Desk } from "./desk.ts";
import { styled, type Text } from "../terminal/text.ts";

/** The payload of an event, or of a command that was dispatched. */
export interface ShownPayload {
  readonly kind: "event" | "command";
  /** Its eventId or commandId. */
  readonly id: string;
  readonly type: string;
  /** It is not there when it is no longer stored: an event's after its retention, a command's after it was executed. */
  readonly payload?: unknown;
}

type Named = Omit<ShownPayload, "payload">;

/** The payloads of an instance's events and commands, in the order in which they first come in `journal` or, behind it, in `parked`. */
export async function readPayloads(
  instance: ProcessInstance,
  journal: readonly JournalEntry[],
  parked: readonly { readonly eventId: string; readonly type: string }[],
  desk: Desk,
): Promise<readonly ShownPayload[]> {
  const named = [...journal.flatMap(nameAll), ...parked.map(nameEvent)];
  const stored = await readStored(
    instance,
    named.flatMap(({ kind, id }) => (kind === "event" ? [id] : [])),
    desk,
  );
  return [...new Map(named.map((each) => [each.id, each])).values()].map((each) => ({ ...each, ...stored(each) }));
}

export const payloadTitles = ["TYPE", "ID", "PAYLOAD"] as const;

export function payloadToRow({ type, id, ...rest }: ShownPayload): readonly Text[] {
  return [type, id, "payload" in rest ? JSON.stringify(rest.payload) : styled("dim", "(no longer stored)")];
}

function nameAll({ event, command, commands = [], events = [] }: JournalEntry): readonly Named[] {
  return [
    ...(event === undefined ? [] : [nameEvent(event)]),
    ...(command === undefined ? [] : [nameCommand(command)]),
    ...commands.map(nameCommand),
    ...events.map(nameEvent),
  ];
}

function nameEvent({ eventId, type }: { readonly eventId: string; readonly type: string }): Named {
  return { kind: "event", id: eventId, type };
}

function nameCommand({ commandId, type }: { readonly commandId: string; readonly type: string }): Named {
  return { kind: "command", id: commandId, type };
}

/** Finds the payload of an event, or of a command that waits or has failed. */
async function readStored(
  instance: ProcessInstance,
  eventIds: readonly string[],
  desk: Desk,
): Promise<(named: Named) => Pick<ShownPayload, "payload">> {
  const letters = await desk.deadLetters.list({ processId: instance.processId, status: "any", limit: Number.MAX_SAFE_INTEGER });
  const { events, commands } = await desk.payloads(instance, [...new Set(eventIds)]);
  const known = new Map<string, unknown>([
    ...letters.map(({ event, command }): [string, unknown] =>
      event === undefined ? [command!.commandId, command!.payload] : [event.eventId, event.payload],
    ),
    ...commands,
  ]);
  return ({ kind, id }) => {
    if (kind === "event" && events.has(id)) return { payload: events.get(id) };
    return known.has(id) ? { payload: known.get(id) } : {};
  };
}
