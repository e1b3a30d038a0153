import type { OwnAction, OwnState, OwnTransition } from "../../../machine/own-state.ts";
import { isStaying } from "../../own-states.ts";
import { labelCondition, labelOwnTransition } from "../../transition-label.ts";
import { fonts } from "../fonts.ts";
import { nameFont } from "./own-style.ts";
import { fitText, measureText, wrapText } from "../text-width.ts";

/** What is written in the box of a state, and the room that it needs, in pixels. */
export interface StateText {
  readonly name: string;
  /** The description, in lines. */
  readonly notes: readonly string[];
  readonly rows: readonly StateRow[];
  readonly columns: { readonly trigger: number; readonly arrow: number; readonly action: number };
  readonly width: number;
  readonly height: number;
}

/** What the state does without being left. */
export interface StateRow {
  /** `timer` and `invocation` have signs of their own. */
  readonly kind: "event" | "timer" | "invocation";
  /** Empty for a further action of the row above. */
  readonly trigger: string;
  readonly action: OwnAction | undefined;
  /** All of it in words. */
  readonly title: string;
}

export const INSET = 12;
export const NAME_LINE = 26;
export const NOTE_LINE = 16;
export const ROW_LINE = 21;
/** Below the last line. */
const FOOT = 8;
const SIGN_WIDTH = 20;
const ARROW_WIDTH = 24;
const GAP = 8;
const WIDEST = 250;
const NARROWEST = 92;
const MOST_NOTES = 2;

/** `hasName`: whether the name and the description are written in it; those of the root are written in the box around it. */
export function layOutState(state: OwnState, hasName = true): StateText {
  const rows = listRows(state);
  const name = fitText(state.name, nameFont, WIDEST);
  const trigger = INSET + SIGN_WIDTH;
  const arrow = trigger + findWidth(rows.map((row) => row.trigger)) + GAP;
  const action = arrow + ARROW_WIDTH;
  const actions = findWidth(rows.map((row) => row.action?.name ?? ""));
  const tableWidth = rows.length === 0 ? 0 : (actions === 0 ? arrow - GAP : action + actions) + INSET;
  const nameWidth = hasName ? measureText(name, nameFont) + 2 * INSET + (state.kind === "parallel" ? SIGN_WIDTH : 0) : 0;
  const width = Math.max(NARROWEST, nameWidth, tableWidth);
  const notes = hasName ? wrapText(state.description ?? "", fonts.note, Math.max(width, 180) - 2 * INSET, MOST_NOTES) : [];
  return {
    name,
    notes,
    rows,
    columns: { trigger, arrow, action },
    width: Math.max(width, ...notes.map((note) => measureText(note, fonts.note) + 2 * INSET)),
    height: (hasName ? NAME_LINE : 0) + notes.length * NOTE_LINE + rows.length * ROW_LINE + (hasName || rows.length > 0 ? FOOT : 0),
  };
}

function listRows(state: OwnState): readonly StateRow[] {
  const { entry, exit, invoked, transitions } = state;
  return [
    ...invoked.map((name) => toRow("invocation", "invoke", { kind: "handler", name }, `invoke ${name}`)),
    ...toRows("entry", entry),
    ...transitions.filter((each) => isStaying(each, state) && !state.kind.endsWith("history")).flatMap(describeStaying),
    ...toRows("exit", exit),
  ];
}

function describeStaying(transition: OwnTransition): readonly StateRow[] {
  const { trigger, targets, reenters, actions } = transition;
  const kind = trigger.kind === "delay" ? "timer" : "event";
  const again: readonly OwnAction[] = targets.length > 0 && reenters ? [{ kind: "pure", name: "enter anew" }] : [];
  const [label, title] = [labelCondition(transition), labelOwnTransition(transition)];
  const [first, ...others] = toRows(label, [...actions, ...again], title);
  return first === undefined ? [toRow(kind, label, undefined, title)] : [{ ...first, kind }, ...others];
}

/** A row for each action; `trigger` is written in the first. */
function toRows(trigger: string, actions: readonly OwnAction[], title = trigger): readonly StateRow[] {
  return actions.map((action, index) => toRow("event", index === 0 ? trigger : "", action, `${title} / ${action.name}`));
}

function toRow(kind: StateRow["kind"], trigger: string, action: OwnAction | undefined, title: string): StateRow {
  return {
    kind,
    trigger: fitText(trigger, fonts.name, WIDEST),
    action: action && { ...action, name: fitText(action.name, fonts.name, WIDEST) },
    title,
  };
}

function findWidth(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => measureText(text, fonts.name)));
}
