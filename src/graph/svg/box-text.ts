import type { ChartStatus } from "../../definition/model/instance.ts";
import type { Chart, ChartState } from "../../machine/chart.ts";
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
  readonly width: number;
  readonly height: number;
}

/** Between a box's edge and its text. */
export const PADDING = 16;
export const NAME_HEIGHT = 38;
export const NOTE_HEIGHT = 18;
export const HANDLER_HEIGHT = 26;
/** Room for the arrow before a handler. */
export const ARROW_WIDTH = 24;
const WIDEST_HANDLER = 280;
const MOST_NOTES = 3;

export function layOutText({ states, transitions }: Chart, status: ChartStatus, narrowest: number): BoxText {
  const state = states.find(({ id }) => id === status)!;
  const isReached = state.kind === "initial" || transitions.some(({ target }) => target === status);
  const handler = state.handler === undefined ? undefined : fitText(state.handler, fonts.name, WIDEST_HANDLER);
  const handlerWidth = handler === undefined ? 0 : ARROW_WIDTH + measureText(handler, fonts.name);
  const width = Math.max(narrowest, handlerWidth + 2 * PADDING);
  const notes = wrapText(isReached ? (state.description ?? "") : "Nothing leads here.", fonts.note, width - 2 * PADDING, MOST_NOTES);
  return {
    state,
    isReached,
    notes,
    handler,
    width,
    height: NAME_HEIGHT + notes.length * NOTE_HEIGHT + (handler === undefined ? 0 : HANDLER_HEIGHT) + 6,
  };
}
