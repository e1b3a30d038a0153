/** An event type that a process reacts to. */
export interface RouteRecord {
  readonly type: string;
  readonly process: string;
  /** Whether the event begins an instance where none is open. */
  readonly starts: boolean;
}

/**
 * What the worker that took over last routes. Those that accept beside it may have other definitions: an event that the worker
 * would handle is not to be lost because they do not know it.
 */
export interface Routes {
  /** Takes the place of all that was published before. */
  replace(routes: readonly RouteRecord[]): void;
  /** In order of type and process; none if no worker has ever published its routes. */
  read(): readonly RouteRecord[];
}
