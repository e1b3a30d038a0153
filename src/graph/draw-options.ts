import { type ChartStatus, chartStatuses } from "../definition/model/instance.ts";
import { suggestName } from "../platform/suggest.ts";
import { ProcessError } from "../errors.ts";
import type { Chart } from "../machine/chart.ts";

export interface DrawOptions {
  /** The state to mark: the status of an instance. */
  readonly highlight?: string | undefined;
  /** The paths of the states to mark in the process's own chart: those that an instance is in. */
  readonly lit?: readonly string[] | undefined;
}

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
