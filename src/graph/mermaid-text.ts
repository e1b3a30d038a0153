import { replaceUnprintable } from "./printable.ts";

/** Mermaid has marks for the end of a text and for markup; as an entity code (`#59;`) a character is only itself. */
export function escapeMermaid(text: string): string {
  return replaceUnprintable(text)
    .replace(/\s+/g, " ")
    .replace(/[^\p{L}\p{M}\p{N} .,/_()'-]/gu, (character) => `#${character.codePointAt(0)};`);
}
