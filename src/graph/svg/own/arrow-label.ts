import type { OwnState, OwnTransition } from "../../../machine/own-state.ts";
import type { OwnArrow } from "../../own-states.ts";
import { labelCondition, labelOwnTransition, labelTrigger } from "../../transition-label.ts";
import { fonts } from "../fonts.ts";
import { fitText, measureText } from "../text-width.ts";

/** An arrow with what is written on it. */
export interface LabelledArrow extends OwnArrow {
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

/** An arrow that begins at `state`. */
export function layOutArrow(arrow: OwnArrow, state: OwnState): LabelledArrow {
  const { transitions } = arrow;
  const isOf = (test: (transition: OwnTransition) => boolean) => transitions.every(test);
  // Where a history leads by default needs no words.
  const lines = state.kind.endsWith("history") ? [] : transitions.flatMap(listLines);
  const widths = lines.map(({ kind, text }) => measureText(text, fonts.name) + (kind === "trigger" ? 0 : LABEL_SIGN));
  return {
    ...arrow,
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
