/** A command from outside, as it is remembered. Times are milliseconds since 1970. */
export interface CommandIdRecord {
  readonly commandId: string;
  readonly dueAt: number;
  readonly acceptedAt: number;
}

/** The ids of commands that were dispatched from outside. They stay after the commands were settled, so that a repeated one is recognised. */
export interface CommandIds {
  /** Returns whether the id was not there, and now is. */
  add(record: CommandIdRecord): boolean;
  get(commandId: string): CommandIdRecord | undefined;
}
