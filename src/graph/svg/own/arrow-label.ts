import type { OwnState, OwnTransition } from "../../../machine/own-state.ts";
import { labelCondition, labelOwnTransition, labelTrigger } from "../../transition-label.ts";
import { fonts } from "../fonts.ts";
import { fitText, measureText } from "../text-width.ts";
import { isStaying } from "./state-text.ts";

/** The transitions from one state to another, which share an arrow. */
export interface OwnArrow {
  readonly source: string;
  readonly target: string;
  readonly lines: readonly LabelLine[];
  /** What all of them are: timers, errors of what was invoked, or anything. */
  readonly kind: "timer" | "error" | "event";
  /** Of the label, in pixels; 0 without lines. */
  readonly width: number;
  readonly height: number;
  readonly title: string;
}

export interface LabelLine {
  readonly kind: "trigger" | "timer" | "handler" | "pure";
  readonly text: string;
}

export const LABEL_LINE = 17;
export const LABEL_INSET = 7;
/** Room for the sign of a timer, and for the arrow before an action. */
export const LABEL_SIGN = 19;
const WIDEST = 280;

/** The arrows that begin at a state. */
export function listArrows(state: OwnState): readonly OwnArrow[] {
  const byTarget = new Map<string, OwnTransition[]>();
  for (const transition of state.transitions) {
    if (isStaying(transition, state)) continue;
    for (const target of transition.targets) byTarget.set(target, [...(byTarget.get(target) ?? []), transition]);
  }
  return [...byTarget].map(([target, transitions]) => layOutArrow(state, target, transitions));
}

function layOutArrow(state: OwnState, target: string, transitions: readonly OwnTransition[]): OwnArrow {
  const isOf = (test: (transition: OwnTransition) => boolean) => transitions.every(test);
  // Where a history leads by default needs no words.
  const lines = state.kind.endsWith("history") ? [] : transitions.flatMap(listLines);
  const widths = lines.map(({ kind, text }) => measureText(text, fonts.name) + (kind === "trigger" ? 0 : LABEL_SIGN));
  return {
    source: state.path,
    target,
    lines,
    kind: isOf(({ trigger }) => trigger.kind === "delay")
      ? "timer"
      : isOf(({ trigger }) => trigger.kind === "result" && trigger.isError)
        ? "error"
        : "event",
    width: lines.length === 0 ? 0 : Math.max(...widths) + 2 * LABEL_INSET,
    height: lines.length === 0 ? 0 : lines.length * LABEL_LINE + LABEL_INSET,
    title: transitions.map((transition) => [labelOwnTransition(transition), transition.description].filter(Boolean).join(": ")).join("\n"),
  };
}

function listLines(transition: OwnTransition): readonly LabelLine[] {
  const { trigger, guard, actions } = transition;
  const said = labelTrigger(transition);
  const conditions: readonly LabelLine[] = [
    ...(said === "" ? [] : [{ kind: trigger.kind === "delay" ? "timer" : "trigger", text: said } as const]),
    ...(guard === undefined ? [] : [{ kind: "trigger", text: `[${guard}]` } as const]),
  ];
  const lines = [
    ...(conditions.length === 0 ? [{ kind: "trigger", text: labelCondition(transition) } as const] : conditions),
    ...actions.map(({ kind, name }): LabelLine => ({ kind, text: name })),
  ];
  return lines.map((line) => ({ ...line, text: fitText(line.text, fonts.name, WIDEST) }));
}
