import { basename, join } from "node:path";
import { distance } from "fastest-levenshtein";
import { displayPath } from "./display-path.ts";
import type { Report } from "./report.ts";

const kinds = ["events", "commands", "processes"] as const;

/**
 * Reports folders that would be passed over because of their name or place: `process` in an aggregate, `processes` beside the aggregates.
 * `folders` are all folders one and two levels below `root`, relative to it.
 */
export function checkFolderNames(root: string, folders: readonly string[], report: Report): void {
  const all = new Set(folders);
  for (const path of folders) {
    const name = basename(path);
    const kind = meantKind(name);
    if (kind === undefined) continue;
    const file = displayPath(join(root, path));
    if (name === path) {
      // An aggregate may have such a name.
      if (kinds.some((each) => all.has(`${path}/${each}`))) continue;
      report.error("FOLDER_MISNAMED", {
        file,
        reason: `${name} lies beside the aggregates, where nothing in it is read`,
        fix: `Move it into an aggregate's folder, ${displayPath(join(root, `<aggregate>/${kind}`))}, or let the option domain name the folder above; begin its name with "_" if it is to be passed over.`,
      });
    } else if (name !== kind) {
      const aggregate = path.slice(0, -name.length - 1);
      // With the right one beside it, it may well be something else.
      const isBeside = all.has(`${aggregate}/${kind}`);
      report[isBeside ? "warning" : "error"]("FOLDER_MISNAMED", {
        file,
        reason: `the aggregate ${aggregate} has a folder ${name}, in which nothing is read; did you mean ${kind}?`,
        fix: `${isBeside ? "Move its files to" : "Rename it to"} ${displayPath(join(root, aggregate, kind))}, or begin its name with "_" if it is to be passed over.`,
      });
    }
  }
}

/** The kind of files that a folder's name is probably meant to say: its singular, or at most one letter away, in any case. */
function meantKind(name: string): (typeof kinds)[number] | undefined {
  const letters = name.toLowerCase().replace(/[^a-z]/g, "");
  return kinds.find((kind) => [kind, kind.replace(/(?<=s)es$|s$/, "")].some((form) => distance(letters, form) <= 1));
}
