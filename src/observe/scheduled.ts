import type { Clock } from "../platform/clock.ts";
import type { Duration } from "../platform/duration.ts";
import { refuseUnknownKeys } from "../platform/options.ts";
import { recordToScheduled, type ScheduledCommand } from "../record/scheduled-command.ts";
import { readBy, readReason } from "../runtime/check/by.ts";
import { readDueAt } from "../runtime/check/due-at.ts";
import { refuseUnscheduled } from "../runtime/commit/change-scheduled.ts";
import type { CommandQueue, CommandRecord, ScheduledFilter, ScheduledPlace } from "../store/commands.ts";
import type { CommandIntervention } from "../store/intervention.ts";
import type { EndOptions } from "./dead-letters.ts";
import { createPage, type FilterFields, type Page, readListFilter, refuseCursor } from "./page.ts";

export interface ScheduledListFilter extends ScheduledFilter {
  /** Default 100. */
  readonly limit?: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface RescheduleOptions extends EndOptions {
  /** A `Date`, a moment in ISO 8601 with its zone, or a duration from now, such as `"3d"`. One in the past makes the command due at once. */
  readonly dueAt: Date | Duration | (string & {});
}

/** The commands that wait for their moment. */
export interface Scheduled {
  /**
   * Those that are not due yet, the soonest first, parked ones too. A filter's `aggregateId` is the aggregate that the command is for.
   * @throws ProcessError `CONFIG_INVALID`
   */
  list(filter?: ScheduledListFilter): Promise<Page<ScheduledCommand>>;
  /**
   * Calls a command off, so that it never runs. It resolves with the command when that is committed; the journal of its instance says so.
   * @throws ProcessError `COMMAND_NOT_SCHEDULED`, `COMMAND_BEGUN`, `COMMAND_INVOKED`, and `REQUEST_PENDING` in an OS process that is not the
   * worker
   */
  cancel(commandId: string, options?: EndOptions): Promise<ScheduledCommand>;
  /**
   * Gives a command another moment. It resolves with the command when that is committed.
   * @throws ProcessError as `cancel` does, and `DURATION_INVALID`
   */
  reschedule(commandId: string, options: RescheduleOptions): Promise<ScheduledCommand>;
}

export const scheduledFilterFields: FilterFields = { process: "text", processId: "text", type: "text", aggregateId: "text" };

/** Where the commands that wait are found, and who changes one. */
export interface ScheduledPorts<Found extends CommandRecord = CommandRecord> {
  /** Up to `size` of those that are due after `now`, in order of their moments, behind the place that the cursor names. */
  readonly list: (
    filter: ScheduledFilter,
    page: { readonly now: number; readonly size: number; readonly cursor: string | undefined },
  ) => Page<ScheduledCommand> | Promise<Page<ScheduledCommand>>;
  readonly find: (commandId: string) => Found | undefined | Promise<Found | undefined>;
  readonly clock: Pick<Clock, "now">;
  readonly intervene: (intervention: CommandIntervention, command: Found) => Promise<unknown>;
}

export function createScheduled<Found extends CommandRecord>(ports: ScheduledPorts<Found>): Scheduled {
  const { clock, intervene } = ports;
  const find = async (commandId: string): Promise<Found> => {
    const command = typeof commandId === "string" ? await ports.find(commandId) : undefined;
    if (command === undefined) throw refuseUnscheduled(commandId);
    return command;
  };
  return {
    list: async (given = {}) => {
      const { filter, size, cursor } = readListFilter(given, scheduledFilterFields);
      return ports.list(filter, { now: clock.now(), size, cursor });
    },
    cancel: async (commandId, options = {}) => {
      refuseUnknownKeys(options, "options", ["by", "reason"]);
      const asked = { reason: readReason(options.reason), by: readBy(options.by) };
      const command = await find(commandId);
      await intervene({ kind: "cancel-command", commandId, processId: command.processId, ...asked }, command);
      return recordToScheduled(command);
    },
    reschedule: async (commandId, options) => {
      refuseUnknownKeys(options, "options", ["by", "reason", "dueAt"]);
      const asked = { reason: readReason(options.reason), by: readBy(options.by) };
      const dueAt = readDueAt(options.dueAt, clock.now());
      const command = await find(commandId);
      await intervene({ kind: "reschedule-command", commandId, processId: command.processId, dueAt, ...asked }, command);
      return recordToScheduled({ ...command, dueAt });
    },
  };
}

/** The commands of a store. */
export function createScheduledView({
  commands,
  clock,
  intervene,
}: Pick<ScheduledPorts, "clock" | "intervene"> & { readonly commands: () => Pick<CommandQueue, "scheduled" | "find"> }): Scheduled {
  return createScheduled({
    list: (filter, { now, size, cursor }) =>
      createPage(commands().scheduled(filter, now, size, readPlace(cursor)), size, recordToScheduled, writePlace),
    find: (commandId) => commands().find(commandId),
    clock,
    intervene,
  });
}

function writePlace({ dueAt, seq }: CommandRecord): string {
  return `${dueAt}-${seq}`;
}

/** @throws ProcessError `CONFIG_INVALID` */
function readPlace(cursor: string | undefined): ScheduledPlace | undefined {
  if (cursor === undefined) return undefined;
  const [, dueAt, seq] = /^(-?\d{1,16})-(\d{1,16})$/.exec(cursor) ?? [];
  if (dueAt === undefined || seq === undefined) throw refuseCursor(cursor);
  return { dueAt: Number(dueAt), seq: Number(seq) };
}
