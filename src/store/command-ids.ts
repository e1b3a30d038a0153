/** A command from outside, as it is remembered. Times are milliseconds since 1970. */
export interface CommandIdRecord {
  readonly commandId: string;
  /** That of the command, which a command that comes back at another moment changes. */
  readonly dueAt: number;
  readonly acceptedAt: number;
}

/**
 * The ids of commands that were dispatched from outside. They stay as long as the commands are stored, and after they were settled, so that a
 * repeated one is recognised.
 */
export interface CommandIds {
  /** Returns whether the id was not there, and now is. */
  add(record: CommandIdRecord): boolean;
  get(commandId: string): CommandIdRecord | undefined;
}
