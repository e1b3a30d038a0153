import { type Status, statuses } from "../definition/model/instance.ts";
import { suggestName } from "../definition/report/suggest.ts";
import { ProcessError } from "../errors.ts";
import type { Chart } from "../machine/chart.ts";

export interface DrawOptions {
  /** The state to mark: the status of an instance. */
  readonly highlight?: string | undefined;
  /** The paths of the states to mark in the process's own chart: those that an instance is in. */
  readonly lit?: readonly string[] | undefined;
}

/** @throws ProcessError `CONFIG_INVALID` for a state that no chart has */
export function readHighlight({ process }: Chart, { highlight }: DrawOptions): Status | undefined {
  if (highlight === undefined) return undefined;
  const status = statuses.find((known) => known === highlight);
  if (status !== undefined) return status;
  const close = suggestName(highlight, statuses);
  throw new ProcessError("CONFIG_INVALID", `process "${process}": it has no state ${JSON.stringify(highlight)} to highlight`, {
    hint: `Its states are ${statuses.join(", ")}${close === undefined ? "." : `; did you mean "${close}"?`}`,
    details: { process, highlight },
  });
}
