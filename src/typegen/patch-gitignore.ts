import type { Patch } from "./patch-json.ts";
import { typesFolder } from "./virtual-file.ts";

/** Adds the folder of the generated types, unless it is ignored already. */
export function patchGitignore(text: string): Exclude<Patch, { readonly problem: string }> {
  const lines = text.split(/\r?\n/).map((line) => line.trim().replace(/^(?:\*\*)?\//, "").replace(/(?:\/\*{0,2})?$/, ""));
  if (lines.includes(typesFolder) || lines.includes(".perdure")) return { text, changes: [] };
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const start = text === "" || text.endsWith("\n") ? text : text + end;
  return { text: `${start}${typesFolder}/${end}`, changes: [`ignores ${typesFolder}, which is generated`] };
}
