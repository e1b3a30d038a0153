import { errorToText, ProcessError } from "../../errors.ts";

/** What the doctor has to say about one thing. */
export interface Finding {
  /** Such as `Node` or `lease`. */
  readonly about: string;
  readonly state: "ok" | "warning" | "failure";
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string;
}

const WIDEST_STATE = "warning".length;
const WIDEST_ABOUT = "configuration".length;

/** A finding as text: first its state, then the rest. */
export function formatFinding({ about, state, text, fix }: Finding): readonly [state: string, rest: string] {
  const rest = `  ${about.padEnd(WIDEST_ABOUT)}  ${text}`;
  return [state.padEnd(WIDEST_STATE), fix === undefined ? rest : `${rest}\n${" ".repeat(WIDEST_STATE + WIDEST_ABOUT + 4)}${fix}`];
}

/** What went wrong while something was looked at. */
export function errorToFinding(about: string, error: unknown): Finding {
  if (!ProcessError.is(error)) return { about, state: "failure", text: errorToText(error) };
  const { problem, hint } = error;
  return { about, state: "failure", text: problem, ...(hint !== undefined && { fix: hint }) };
}
