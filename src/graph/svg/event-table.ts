import type { Chart, ChartTransition } from "../../machine/chart.ts";
import { type DrawOptions, labelFound } from "../draw-options.ts";
import { describeTransition, labelOutcome } from "../transition-label.ts";
import { fonts } from "./fonts.ts";
import { fitText, measureText } from "./text-width.ts";

/** What `started` does with each event, and what completes it without one, as a table. Its columns are in pixels from the table's left edge. */
export interface EventTable {
  readonly rows: readonly EventRow[];
  readonly columns: Columns;
  readonly width: number;
}

export interface EventRow {
  /** As there is room for it. */
  readonly event: string;
  readonly handler: string | undefined;
  readonly completes: boolean;
  readonly starts: boolean;
  /** What was found in the handler's code, as there is room for it. */
  readonly commands: readonly string[];
  /** All of it in words. */
  readonly title: string;
}

type Found = NonNullable<DrawOptions["found"]>;

/** Where the columns begin. */
export interface Columns {
  readonly mark: number;
  readonly event: number;
  readonly arrow: number;
  readonly handler: number;
}

const WIDEST_COLUMN = 265;
const MARK_WIDTH = 22;
const ARROW_WIDTH = 26;
const GAP = 10;
/** From where a handler begins to the names of its commands: room for the dashed arrow. */
export const COMMAND_INDENT = 20;

/** Events that complete the process are last, beside what they lead to. */
export function layOutEvents({ transitions }: Chart, found: Found = new Map()): EventTable {
  const listed = transitions.filter(
    ({ source, target, trigger }) => source === "started" && trigger.kind !== "delay" && (target === undefined || target === "completed"),
  );
  const rows = [...listed.filter(({ target }) => target === undefined), ...listed.filter(({ target }) => target !== undefined)].map(
    (transition) => describeRow(transition, found),
  );
  const event = MARK_WIDTH;
  const arrow = event + findWidth(rows.map((row) => row.event)) + GAP;
  const handler = arrow + ARROW_WIDTH;
  const right = Math.max(
    findWidth(rows.map((row) => row.handler ?? "")),
    ...rows.flatMap(({ commands }) => commands.map((command) => COMMAND_INDENT + measureText(command, fonts.note))),
  );
  return { rows, columns: { mark: 0, event, arrow, handler }, width: handler + right };
}

function describeRow(transition: ChartTransition, found: Found): EventRow {
  const commands = found.get(transition.handler ?? "") ?? [];
  return {
    event: fitText(labelOutcome(transition), fonts.name, WIDEST_COLUMN),
    handler: transition.handler === undefined ? undefined : fitText(transition.handler, fonts.name, WIDEST_COLUMN),
    completes: transition.target !== undefined,
    starts: transition.starts,
    commands: commands.map((command) => fitText(labelFound(command), fonts.note, WIDEST_COLUMN)),
    title: [describeTransition(transition), ...commands.map((command) => `→ ${labelFound(command)}`)].join("\n"),
  };
}

function findWidth(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => measureText(text, fonts.name)));
}
