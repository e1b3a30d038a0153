import type { DispatchedEvent } from "../model/dispatched-event.ts";
import type { Missed, ScheduledEvent } from "../model/schedule.ts";
import type { PayloadInput } from "./payload-type.ts";
import type { RegisteredEvents } from "./register.ts";

/**
 * The event of a schedule. Once the project's types are generated, it is one of the project's events, with the payload that its schema
 * takes. It has no `eventId`, which is made of the schedule's name and the moment, and no `occurredAt`, which is the moment.
 */
export type KnownScheduledEvent = [RegisteredEvents] extends [undefined] ? ScheduledEvent : ScheduledEventOf<RegisteredEvents>;

type ScheduledEventOf<Modules> = {
  [Type in keyof Modules]: Omit<DispatchedEvent, "type" | "payload" | "eventId" | "occurredAt"> & {
    readonly type: Type;
  } & PayloadField<PayloadInput<Modules[Type]>>;
}[keyof Modules];

// The payload may be left out where `{}` is one.
type PayloadField<Payload> = {} extends Payload ? { readonly payload?: Payload } : { readonly payload: Payload };

/** What a schedule's file exports as `schedule`. */
export interface ScheduleOptions {
  /**
   * The moments, as five fields of cron: minute, hour, day of month, month and day of week, such as `"0 9 * * 1"` for Mondays at nine; also
   * `"@hourly"`, `"@daily"`, `"@weekly"`, `"@monthly"`, `"@yearly"`. There is no field for seconds.
   */
  readonly cron: string;
  /** The time zone of the moments, by its IANA name, such as `"Europe/Madrid"`. Default: `"UTC"`. */
  readonly timeZone?: string;
  /**
   * What becomes of moments that no worker could take within a minute. `once` (default): only the last moment that has come gives an event.
   * `all`: each does. `skip`: none does.
   */
  readonly missed?: Missed;
  /**
   * The event to dispatch, or a function of the moment that gives one, a list, or nothing. The function is pure and synchronous, because a
   * moment may be taken again after a crash.
   */
  readonly event:
    KnownScheduledEvent | ((args: { readonly at: Date }) => KnownScheduledEvent | readonly KnownScheduledEvent[] | undefined | null | void);
}

/** What a schedule made in code says: the same as a file under `schedules/`, and its name. */
export interface NamedScheduleOptions extends ScheduleOptions {
  /** Kebab-case, such as `order`. */
  readonly aggregate: string;
  /** Kebab-case, such as `weekly-report`. */
  readonly name: string;
}
