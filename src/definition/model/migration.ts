import type { StateValue, Status } from "./instance.ts";

/** What a migration receives. `State` is `StateValue | undefined` where the process has a chart of its own. */
export interface MigrationArgs<Context = Readonly<Record<string, unknown>>, State = Status> {
  /** What the instance remembers in the version before, frozen; `{}` if its process had no context. */
  readonly context: Context;
  /**
   * Where the instance is: its status; where its process has a chart of its own, XState's `value`, which is `undefined` for an instance that
   * began before the process had one.
   */
  readonly state: State;
}

/** What a migration returns: all that the instance remembers in the version after. */
export interface MigrationResult {
  readonly context: Readonly<Record<string, unknown>>;
  /**
   * Where the instance is to stand in the chart of its process, as XState's `value`; left out, it stays where it is. A migration of a process
   * without a chart of its own moves no instance, so that there it is the state that it was given, or nothing.
   */
  readonly state?: StateValue | undefined;
}

/** Brings the context, and the state, of an open instance from one version of its process to the next. Pure and synchronous. */
// A method's arguments are checked loosely, so that a migration may say what its context was.
export type Migration = { run(args: MigrationArgs<never, StateValue | undefined>): MigrationResult }["run"];

/** `1-to-2`, the name of the migration from version 1. */
export function migrationName(from: number): string {
  return `${from}-to-${from + 1}`;
}

/** The version that the migration of this name leads away from; `undefined` if the name is not one of a migration. */
export function versionBefore(name: string): number | undefined {
  const from = Number(/^([1-9]\d{0,8})-to-[1-9]\d*$/.exec(name)?.[1]);
  return Number.isNaN(from) || name !== migrationName(from) ? undefined : from;
}
