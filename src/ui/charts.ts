import type { StateValue } from "../definition/model/instance.ts";
import { didYouMean, suggestName } from "../platform/suggest.ts";
import { listStates } from "../graph/own-states.ts";
import { findCommands } from "../graph/domain/found-commands.ts";
import { drawSvg } from "../graph/svg/draw-svg.ts";
import type { LayOut } from "../graph/svg/elk.ts";
import { drawOwnSvg } from "../graph/svg/own/draw-own-svg.ts";
import { describeMachine } from "../machine/chart.ts";
import { findDefinition } from "../machine/machine-meta.ts";
import { listPaths } from "../machine/state-paths.ts";
import { type Desk, machinesOf } from "./desk.ts";
import { Refusal } from "./respond.ts";

/** Where an instance stands. */
export interface Stand {
  readonly status: string | undefined;
  readonly state: StateValue | undefined;
}

const KEPT = 100;

/** What charts are drawn of; `layOut` lays out own charts, on this thread by default. */
type ChartDesk = Pick<Desk, "system"> & { readonly layOut?: LayOut | undefined };

/** Draws charts, and keeps the last hundred: to lay out an own chart takes the time of many steps. */
export function createChartDrawer(desk: ChartDesk): (process: string, stand: Stand) => Promise<string> {
  const drawn = new Map<string, Promise<string>>();
  return (process, stand) => {
    const key = JSON.stringify([process, stand.status, stand.state]);
    const found = drawn.get(key) ?? drawChart(desk, process, stand);
    // The one that was asked for last goes last.
    drawn.delete(key);
    drawn.set(key, found);
    found.catch(() => drawn.delete(key));
    for (const oldest of drawn.keys()) if (drawn.size > KEPT) drawn.delete(oldest);
    return found;
  };
}

/** The chart of a process with a state marked, as SVG. @throws Refusal of a process that has no definition */
async function drawChart(desk: ChartDesk, process: string, { status, state }: Stand): Promise<string> {
  const machines = machinesOf(desk);
  const machine = Object.hasOwn(machines, process) ? machines[process] : undefined;
  if (machine === undefined) throw refuseUnknown(process, Object.keys(machines));
  const chart = describeMachine(machine);
  if (chart.own === undefined) {
    const definition = findDefinition(machine);
    return drawSvg(chart, { highlight: status, found: definition && (await findCommands(definition)) });
  }
  // States that the chart has no more, because its definition has changed, cannot be marked.
  const known = new Set(listStates(chart.own).map(({ path }) => path));
  const { layOut } = desk;
  const lit = listPaths(state).filter((path) => known.has(path));
  return drawOwnSvg(chart, chart.own, { highlight: status, lit, ...(layOut !== undefined && { layOut }) });
}

function refuseUnknown(process: string, known: readonly string[]): Refusal {
  const close = suggestName(process, known);
  return new Refusal(
    404,
    "PROCESS_REMOVED",
    `No process is called ${JSON.stringify(process)}${didYouMean(close)}`,
    "Its definition may have been removed. What was stored of its instances is shown without a chart.",
  );
}
