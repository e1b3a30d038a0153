import { distance } from "fastest-levenshtein";

/**
 * The candidate that `name` is probably a misspelling of: the same letters in other capitals, or else at most two letters, or a quarter of
 * its length, away.
 */
export function suggestName(name: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(2, Math.floor(name.length * 0.25));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const letters = candidate === name ? Number.POSITIVE_INFINITY : isSameInOtherCase(name, candidate) ? 0 : distance(name, candidate);
    // A short name is within two letters of anything, so half of it has to be right.
    if (letters < bestDistance && letters * 2 <= Math.max(name.length, candidate.length)) {
      best = candidate;
      bestDistance = letters;
    }
  }
  return best;
}

/** The end of a message about a name: what `suggestName` has found, or nothing. */
export function didYouMean(close: string | undefined): string {
  return close === undefined ? "" : `; did you mean ${close}?`;
}

/** `KycApproved` and `KYCApproved`. */
export function isSameInOtherCase(name: string, other: string): boolean {
  return name !== other && name.toLowerCase() === other.toLowerCase();
}
