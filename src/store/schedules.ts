/** What a worker has taken of a schedule. Moments are milliseconds since 1970. */
export interface ScheduleRecord {
  /** `<aggregate>/<name>`. */
  readonly schedule: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly missed: string;
  /** Up to which moment all are taken: the last one, or when the schedule began. */
  readonly takenUpTo: number;
  /** The next moment; `null` where there is none, or the schedule was removed. */
  readonly dueAt: number | null;
  /** When a worker without the schedule took over; `null` while there is one with it. */
  readonly removedAt: number | null;
  /** The last moment that gave an event; `null`: none has yet. */
  readonly lastAt: number | null;
  /** The last moment that gave none because something was wrong; `null`: none. */
  readonly failedAt: number | null;
  /** What was wrong then. */
  readonly problem: string | null;
}

export interface Schedules {
  get(schedule: string): ScheduleRecord | undefined;
  /** All of them, by name. */
  list(): readonly ScheduleRecord[];
  /** Adds it, or takes the place of what there is of its name. */
  put(record: ScheduleRecord): void;
}
