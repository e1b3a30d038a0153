import { type ChartStatus, chartStatuses } from "../definition/model/instance.ts";
import { suggestName } from "../platform/suggest.ts";
import { ProcessError } from "../errors.ts";
import type { Chart } from "../machine/chart.ts";

export interface DrawOptions {
  /** The state to mark: the status of an instance. */
  readonly highlight?: string | undefined;
  /** The paths of the states to mark in the process's own chart: those that an instance is in. */
  readonly lit?: readonly string[] | undefined;
  /** What the picture is of besides its process, in lines, such as the aggregate of an instance and its moments. */
  readonly subject?: readonly string[] | undefined;
  /** The commands that each handler dispatches, by the handler's name: names that were found in its code. */
  readonly found?: ReadonlyMap<string, readonly FoundCommand[]> | undefined;
}

/** A command whose name was found in the code of a handler. */
export interface FoundCommand {
  readonly name: string;
  /** How much later, as the code says it; `later` if it computes that, `undefined` if it is at once. */
  readonly delay: string | undefined;
}

/** `sendReminder after 7d`. */
export function labelFound({ name, delay }: FoundCommand): string {
  return delay === undefined ? name : `${name} ${delay === LATER ? delay : `after ${delay}`}`;
}

/**
 * What a handler may dispatch, a line for each command, for pictures that are text: `may dispatch sendReminder after 7d`. Names that were found in
 * code say what can happen, and not what does.
 */
export function listFound(handler: string | undefined, { found }: DrawOptions): readonly string[] {
  return (found?.get(handler ?? "") ?? []).map((command) => `may dispatch ${labelFound(command)}`);
}

/** The delay of a command whose code computes it. */
export const LATER = "later";

/** What the dashed arrows of a picture are. */
export const foundLegend = "Dashed: commands whose names were found in the code of the handler.";

/** @throws ProcessError `CONFIG_INVALID` for a state that no chart has */
export function readHighlight({ process }: Chart, { highlight }: DrawOptions): ChartStatus | undefined {
  // An instance can be cancelled wherever it is, so that no state of the chart stands for that.
  if (highlight === undefined || highlight === "cancelled") return undefined;
  const status = chartStatuses.find((known) => known === highlight);
  if (status !== undefined) return status;
  const close = suggestName(highlight, chartStatuses);
  throw new ProcessError("CONFIG_INVALID", `process "${process}": it has no state ${JSON.stringify(highlight)} to highlight`, {
    hint: `Its states are ${chartStatuses.join(", ")}${close === undefined ? "." : `; did you mean "${close}"?`}`,
    details: { process, highlight },
  });
}
