import { userInfo } from "node:os";
import { InvalidArgumentError } from "commander";
import { ProcessError } from "../../errors.ts";
import { LONGEST_BY, readBy } from "../../runtime/check/by.ts";

/** Reads `--by`. */
export function readByOption(text: string): string {
  try {
    return readBy(text)!;
  } catch (error) {
    if (!ProcessError.is(error)) throw error;
    throw new InvalidArgumentError(`It has to be a text of 1 to ${LONGEST_BY} characters.`);
  }
}

/** Who asks: whom `--by` names, or else the user of the operating system; `null` where that user has no name, as in some containers. */
export function nameAsker({ by }: { readonly by?: string | undefined }): string | null {
  if (by !== undefined) return by;
  try {
    return readBy(userInfo().username);
  } catch {
    return null;
  }
}
