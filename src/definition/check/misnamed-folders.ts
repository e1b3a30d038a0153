import { basename, dirname, join } from "node:path";
import { distance } from "fastest-levenshtein";
import { displayPath } from "../report/display-path.ts";
import type { Report } from "../report/report.ts";

const kinds = ["events", "commands", "processes", "policies", "schedules"] as const;

const singulars: Readonly<Record<(typeof kinds)[number], string>> = {
  events: "event",
  commands: "command",
  processes: "process",
  policies: "policy",
  schedules: "schedule",
};

/**
 * Reports folders that would be passed over because of their name or place: `process` in an aggregate, `processes` beside the aggregates.
 * `folders` are all folders one and two levels below `root`, relative to it. Where the right one is there too, or the folder above is
 * no aggregate while others are, it may be something else by intent, and is a warning.
 */
export function checkFolderNames(root: string, folders: readonly string[], report: Report): void {
  const all = new Set(folders);
  const isAggregate = (path: string) => kinds.some((kind) => all.has(`${path}/${kind}`));
  const hasAggregates = folders.some(isAggregate);
  for (const path of folders) {
    const name = basename(path);
    const kind = meantKind(name);
    if (kind === undefined) continue;
    const aggregate = dirname(path);
    const file = displayPath(join(root, path));
    if (aggregate === "." && !isAggregate(path)) {
      report[hasAggregates ? "warning" : "error"]("FOLDER_MISNAMED", {
        file,
        reason: `${name} lies beside the aggregates, where nothing in it is read`,
        fix: `Move it into an aggregate's folder, ${displayPath(join(root, "<aggregate>", kind))}, or let the option domain name the folder above; begin its name with "_" to exclude it.`,
      });
    }
    if (aggregate !== "." && name !== kind) {
      const isCertain = !all.has(`${aggregate}/${kind}`) && (isAggregate(aggregate) || !hasAggregates);
      report[isCertain ? "error" : "warning"]("FOLDER_MISNAMED", {
        file,
        reason: `nothing is read in a folder ${name} of an aggregate; did you mean ${kind}?`,
        fix: `Its files belong in ${displayPath(join(root, aggregate, kind))}; begin its name with "_" to exclude it.`,
      });
    }
  }
}

/**
 * Reports folders that hold handlers and are read by nobody, because they do not lie among the processes of an aggregate: `order/order-lifecycle`.
 * `handlers` are the files named as handlers are, one and two levels below `root`.
 */
export function checkHandlerFolders(root: string, handlers: readonly string[], report: Report): void {
  for (const path of new Set(handlers.map(dirname))) {
    // What lies in a folder with a name of its own, or nearly one, is reported with it.
    if (meantKind(basename(path)) !== undefined) continue;
    const aggregate = dirname(path);
    const place = aggregate === "." ? join(path, "processes", "<process>") : join(aggregate, "processes", basename(path));
    report.warning("FOLDER_MISNAMED", {
      file: displayPath(join(root, path)),
      reason: "the folder holds handlers, and nothing in it is read, because it is not the folder of a process",
      fix: `Its files belong in ${displayPath(join(root, place))}; begin its name with "_" to exclude it.`,
    });
  }
}

/** The kind of files that a folder's name is probably meant to say: its singular, or at most one letter away, in any case. */
function meantKind(name: string): (typeof kinds)[number] | undefined {
  const letters = name.toLowerCase().replace(/[^a-z]/g, "");
  return kinds.find((kind) => [kind, singulars[kind]].some((form) => distance(letters, form) <= 1));
}
