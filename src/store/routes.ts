/** An event type that a process or a policy reacts to. */
export interface RouteRecord {
  readonly type: string;
  /** The name of the process, or of the policy. */
  readonly process: string;
  /** Whether the event begins an instance where none is open. */
  readonly starts: boolean;
  /** The process says which instances the event is for, by `correlate` of its definition. */
  readonly correlated?: true;
  /** How long the event is kept if it finds no open instance, in milliseconds. */
  readonly keepMs?: number;
  /** The version of the process. */
  readonly version: number;
  /** It is the route of a policy: the event starts no instance, and is for none. */
  readonly policy?: true;
  /** How long after the event the policy runs, in milliseconds. */
  readonly delayMs?: number;
}

/**
 * The routes of the worker that took over last. Other OS processes accept events with definitions that may differ, and an event that the
 * worker would handle must not be lost because they do not know it.
 */
export interface Routes {
  /** Publishes routes, which replace all that were published before. */
  replace(routes: readonly RouteRecord[]): void;
  /** The published routes, in order of type and process. There are none if no worker has ever published any. */
  read(): readonly RouteRecord[];
}
