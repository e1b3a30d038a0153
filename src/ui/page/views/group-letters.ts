import type { WireLetter } from "../../wire.ts";

/** Letters that failed in the same way: the same handler of a process, with the same error. */
export interface LetterGroup {
  readonly key: string;
  readonly process: string;
  readonly handler: string;
  readonly errorName: string;
  readonly errorMessage: string;
  /** Oldest first. */
  readonly letters: readonly WireLetter[];
}

// Names that differ from one letter to the next are not what makes an error another one.
const varying = /[0-9a-f]{8}-[0-9a-f-]{27}|\b(?=\w*\d)\w[\w-]{3,}\b|\d+/gi;

/** The largest group first. */
export function groupLetters(letters: readonly WireLetter[]): readonly LetterGroup[] {
  const groups = new Map<string, WireLetter[]>();
  for (const letter of letters) {
    const { process, handler, errorName, errorMessage } = letter;
    const key = JSON.stringify([process, handler, errorName, errorMessage.replaceAll(varying, "…")]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [letter]);
    else group.push(letter);
  }
  return [...groups]
    .map(([key, letters]): LetterGroup => {
      const { process, handler, errorName, errorMessage } = letters[0]!;
      return { key, process, handler, errorName, errorMessage, letters };
    })
    .toSorted((one, other) => other.letters.length - one.letters.length);
}
