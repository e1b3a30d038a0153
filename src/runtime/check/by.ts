import { expectOption } from "../../platform/options.ts";

/** The longest name that `by` may have, in UTF-16 units. */
export const LONGEST_BY = 200;

/** Who asks for an intervention, as the option `by` of a verb says it; `null` if it says nothing. @throws ProcessError `CONFIG_INVALID` */
export function readBy(by: unknown): string | null {
  if (by === undefined) return null;
  // Half of a surrogate pair has no bytes in UTF-8, so that it would come back as another text.
  const isName = typeof by === "string" && by !== "" && by.length <= LONGEST_BY && by.isWellFormed();
  expectOption(isName, "by", by, `a text of 1 to ${LONGEST_BY} characters that says who asks`);
  return by;
}

/** Why an intervention is asked for, as the option `reason` of a verb says it; `null` if it says nothing. @throws ProcessError `CONFIG_INVALID` */
export function readReason(reason: unknown): string | null {
  if (reason === undefined) return null;
  expectOption(typeof reason === "string" && reason.isWellFormed(), "reason", reason, "a text");
  return reason;
}
