import { createPage } from "../../observe/page.ts";
import { createScheduled, type Scheduled } from "../../observe/scheduled.ts";
import type { Clock } from "../../platform/clock.ts";
import { systemIds } from "../../platform/ids.ts";
import { recordToScheduled } from "../../record/scheduled-command.ts";
import type { CommandRecord, ScheduledFilter } from "../../store/commands.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { Place } from "../admin/sql.ts";
import type { KeptKey } from "../wire/kept-key.ts";
import type { Ingress } from "../ingress/ingress.ts";
import { nameInKey } from "./key-timers.ts";
import { readPlace, writePlace } from "./place.ts";
import type { Rows } from "./rows.ts";

/** A command, and the key where it lies. */
interface PlacedCommand extends CommandRecord {
  readonly lies: MailboxKey;
}

export interface ScheduledCommandsPorts {
  readonly ingress: Pick<Ingress, "change">;
  /** @throws ProcessError `CONFIG_INVALID` if the address of the admin port was not given */
  readonly rows: (what: string) => Pick<Rows, "busyKeys">;
  readonly clock: Pick<Clock, "now">;
}

/** Commands are found by a scan of all keys, and changed by their key, between two of its steps. */
export function createScheduledCommands({ ingress, rows, clock }: ScheduledCommandsPorts): Scheduled {
  return createScheduled<PlacedCommand>({
    list: async (filter, { now, size, cursor }) => {
      const after = readPlace(cursor);
      let first: readonly PlacedCommand[] = [];
      for await (const kept of rows("scheduled.list").busyKeys()) {
        const found = listScheduled(kept, now).filter((command) => matches(command, filter) && isBehind(command, after));
        if (found.length > 0) first = [...first, ...found].toSorted(comparePlaces).slice(0, size);
      }
      return createPage(first, size, recordToScheduled, (command) => writePlace(placeOf(command)));
    },
    find: async (commandId) => {
      // A commandId counts for its aggregate, so that two commands from outside may have it. The one that is due first is meant.
      let found: PlacedCommand | undefined;
      for await (const kept of rows("scheduled").busyKeys()) {
        for (const command of listCommands(kept)) {
          if (command.commandId === commandId && (found === undefined || command.dueAt < found.dueAt)) found = command;
        }
      }
      return found;
    },
    clock,
    // A new key for each call: what has been done already is refused, and a lost answer is asked for again.
    intervene: (intervention, { lies }) => ingress.change(lies, intervention, systemIds.next()),
  });
}

function listCommands({ commands, key }: KeptKey): readonly PlacedCommand[] {
  return commands.map(({ record }) => ({ ...record, lies: key }));
}

/** Those whose turn has never come, parked ones too. What a chart has invoked is not among them. */
function listScheduled(kept: KeptKey, now: number): readonly PlacedCommand[] {
  return listCommands(kept).filter(
    ({ dueAt, attempts, generation, invocation }) => dueAt > now && attempts === 0 && generation === 0 && invocation === null,
  );
}

function matches(command: CommandRecord, { process, processId, type, aggregateId }: ScheduledFilter): boolean {
  return (
    (process === undefined || command.process === process) &&
    (processId === undefined || command.processId === processId) &&
    (type === undefined || command.type === type) &&
    (aggregateId === undefined || command.aggregateId === aggregateId)
  );
}

function placeOf({ dueAt, seq, lies }: PlacedCommand): Place {
  return [dueAt, nameInKey(lies, seq)];
}

function isBehind(command: PlacedCommand, place: Place | undefined): boolean {
  return place === undefined || compare(placeOf(command), place) > 0;
}

function comparePlaces(one: PlacedCommand, other: PlacedCommand): number {
  return compare(placeOf(one), placeOf(other));
}

function compare([one, oneName]: Place, [other, otherName]: Place): number {
  if (one !== other) return one - other;
  if (oneName === otherName) return 0;
  return oneName < otherName ? -1 : 1;
}
