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

/** What went wrong while something was looked at. */
export function errorToFinding(about: string, error: unknown): Finding {
  const hint = ProcessError.is(error) ? error.hint : undefined;
  const text = errorToText(error);
  return hint === undefined ? { about, state: "failure", text } : { about, state: "failure", text: text.split(`\n  ${hint}`)[0]!, fix: hint };
}
