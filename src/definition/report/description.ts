/**
 * The text of the doc comment directly above `handler` in a file's source, in one line, without its tags.
 * `undefined` when there is none.
 */
export function readDescription(source: string): string | undefined {
  const declaration = /^[ \t]*(?:export[ \t]+)?(?:async[ \t]+)?(?:function\*?|const|let|var)[ \t]+handler\b/m.exec(source);
  if (declaration === null) return undefined;
  const above = source.slice(0, declaration.index).trimEnd();
  if (!above.endsWith("*/")) return undefined;
  const start = above.lastIndexOf("/*");
  // An ordinary block comment says something to the file's reader, not about the handler.
  return above.startsWith("/**", start) ? commentToText(above.slice(start + 3, -2)) : undefined;
}

function commentToText(comment: string): string | undefined {
  const lines = comment.split(/\r?\n/).map((line) => line.replace(/^\s*\*?\s*/, "").trim());
  const tagAt = lines.findIndex((line) => line.startsWith("@"));
  const text = (tagAt === -1 ? lines : lines.slice(0, tagAt))
    .join(" ")
    .replace(/\{@link(?:code|plain)?\s+([^}]+)\}/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
  return text === "" ? undefined : text;
}
