import { createHash, timingSafeEqual } from "node:crypto";

/** Takes the same time whatever differs, so that nobody can guess a token letter by letter. */
export function isSameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
