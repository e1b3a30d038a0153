import type { ChartStatus } from "../../definition/model/instance.ts";
import type { Chart, ChartState } from "../../machine/chart.ts";
import { type DrawOptions, type FoundCommand, labelFound } from "../draw-options.ts";
import { COMMAND_INDENT } from "./event-table.ts";
import { fonts } from "./fonts.ts";
import { fitText, measureText, wrapText } from "./text-width.ts";

/** What is written in the box of a state, and the size it needs for that, in pixels. */
export interface BoxText {
  readonly state: ChartState;
  /** Whether anything leads to the state. */
  readonly isReached: boolean;
  /** The description, in lines. */
  readonly notes: readonly string[];
  /** As there is room for it; the whole is in the state. */
  readonly handler: string | undefined;
  /** What was found in the handler's code, as there is room for it. */
  readonly commands: readonly string[];
  /** The same, whole. */
  readonly found: readonly FoundCommand[];
  readonly width: number;
  readonly height: number;
}

/** Between a box's edge and its text. */
export const PADDING = 16;
export const NAME_HEIGHT = 38;
export const NOTE_HEIGHT = 18;
export const HANDLER_HEIGHT = 26;
export const COMMAND_HEIGHT = 20;
/** Room for the arrow before a handler. */
export const ARROW_WIDTH = 24;
const WIDEST_HANDLER = 280;
const MOST_NOTES = 3;

export function layOutText(
  { states, transitions }: Chart,
  status: ChartStatus,
  narrowest: number,
  found: DrawOptions["found"] = new Map(),
): BoxText {
  const state = states.find(({ id }) => id === status)!;
  const isReached = state.kind === "initial" || transitions.some(({ target }) => target === status);
  const handler = state.handler === undefined ? undefined : fitText(state.handler, fonts.name, WIDEST_HANDLER);
  const handlerWidth = handler === undefined ? 0 : ARROW_WIDTH + measureText(handler, fonts.name);
  const foundHere = found.get(state.handler ?? "") ?? [];
  const commands = foundHere.map((command) => fitText(labelFound(command), fonts.note, WIDEST_HANDLER - COMMAND_INDENT));
  const commandWidths = commands.map((command) => ARROW_WIDTH + COMMAND_INDENT + measureText(command, fonts.note));
  const width = Math.max(narrowest, handlerWidth + 2 * PADDING, ...commandWidths.map((each) => each + 2 * PADDING));
  const notes = wrapText(isReached ? (state.description ?? "") : "Nothing leads here.", fonts.note, width - 2 * PADDING, MOST_NOTES);
  return {
    state,
    isReached,
    notes,
    handler,
    commands,
    found: foundHere,
    width,
    height: NAME_HEIGHT + notes.length * NOTE_HEIGHT + (handler === undefined ? 0 : HANDLER_HEIGHT) + commands.length * COMMAND_HEIGHT + 6,
  };
}
