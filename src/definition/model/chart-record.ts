/**
 * What an instance whose process has a chart of its own keeps of it, beside the state and the context. The names in it are Perdure's: those
 * that XState gives to timers and invocations hold the path of their state and are no public format.
 */
export interface ChartRecord {
  /** By the path of a history state, the paths of the states that it leads back to. */
  readonly history: Readonly<Record<string, readonly string[]>>;
  readonly timers: readonly ChartTimer[];
  readonly invocations: readonly ChartInvocation[];
}

/** Something that the chart has put off. */
export interface ChartTimer {
  /**
   * Names the timer within its instance: `paying after 3d`; or, for an event that the chart raises with a delay, `raise Reminded`, and
   * `raise "reminder"` where it has an id.
   */
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly dueAt: number;
  /** The path of its state and its key there, where it is an `after`. */
  readonly after?: { readonly path: readonly string[]; readonly key: string };
  /** The event that is raised, where it is none. */
  readonly event?: Readonly<Record<string, unknown>> & { readonly type: string };
}

/** A command or a process that a state has asked for, and whose result it waits for. */
export interface ChartInvocation {
  /** The path of the state, and the place of the invocation among those of the state. */
  readonly path: readonly string[];
  readonly index: number;
  readonly src: string;
  /** Tells this invocation from an earlier one of the same state. `NOT_ASKED` until the command is dispatched. */
  readonly commandId: string;
}

/** The `commandId` of an invocation whose state a migration has entered: the next step of the chart dispatches the command. */
export const NOT_ASKED = "";

/** The invocations whose commands are there to be withdrawn. */
export function listAsked({ invocations }: Pick<ChartRecord, "invocations">): readonly ChartInvocation[] {
  return invocations.filter(({ commandId }) => commandId !== NOT_ASKED);
}

/** What `InstanceRecord.chart` says. `null`: nothing waits and nothing is remembered. */
export function readChartRecord(json: string | null): ChartRecord {
  return json === null ? NOTHING : (JSON.parse(json) as ChartRecord);
}

/** The text for `InstanceRecord.chart`. */
export function writeChartRecord(record: ChartRecord): string | null {
  const { history, timers, invocations } = record;
  return timers.length === 0 && invocations.length === 0 && Object.keys(history).length === 0 ? null : JSON.stringify(record);
}

const NOTHING: ChartRecord = { history: {}, timers: [], invocations: [] };
