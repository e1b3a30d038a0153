/**
 * Whether git passes over the file at `path`, which has `/` between its parts, by the lines of a .gitignore that its parts start from.
 * Of the lines that fit, the last counts.
 */
export function isIgnored(path: string, lines: readonly string[]): boolean {
  let ignored = false;
  for (const line of lines) {
    const [, no, pattern = ""] = /^(!?)(.*?)\s*$/s.exec(line)!;
    if (pattern === "" || pattern.startsWith("#")) continue;
    if (patternToRegExp(pattern).test(path)) ignored = no === "";
  }
  return ignored;
}

/** A line of a .gitignore for this file and those whose paths begin with its own. */
export function writePattern(path: string): string {
  return `${path.replace(/[\\*?[]|^[#!]/g, "\\$&")}*`;
}

function patternToRegExp(pattern: string): RegExp {
  // A slash before its end ties a pattern to the folder of the .gitignore.
  const start = /\/./.test(pattern) ? "^" : "^(?:.*/)?";
  // What lies in an ignored folder is ignored.
  const end = pattern.endsWith("/") ? "/" : "(?:/|$)";
  return new RegExp(start + pattern.replace(/^\/|\/$/g, "").replace(parts, partToText) + end, "s");
}

const parts = /\\.|\*\*\/|\/\*\*$|\*|\?|\[[^\]]+\]|[.+^${}()|[\]]/gs;

function partToText(part: string): string {
  if (part === "**/") return "(?:.*/)?";
  if (part === "/**") return "/.*";
  if (part === "*") return "[^/]*";
  if (part === "?") return "[^/]";
  if (part.length > 2 && part.startsWith("[")) return part.replace("[!", "[^");
  return `\\${part.at(-1)}`;
}
