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

/** Folders, relative to the domain folder, and which of these and of others have modules in them. */
interface Folders {
  readonly folders: readonly string[];
  readonly filled: ReadonlySet<string>;
}

/**
 * Reports folders that would be passed over because of their name or place: `process` in an aggregate, `processes` beside the aggregates.
 * `folders` are all folders one and two levels below `root`. It may be something else by intent, and is a warning, where the folder above is no
 * aggregate while others are, or where the right one is there too and nothing in this one would be read there.
 */
export function checkFolderNames(root: string, { folders, filled }: Folders, report: Report): void {
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
      const holdsParts = kind === "processes" ? [...filled].some((folder) => dirname(folder) === path) : filled.has(path);
      const isCertain = (holdsParts || !all.has(`${aggregate}/${kind}`)) && (isAggregate(aggregate) || !hasAggregates);
      report[isCertain ? "error" : "warning"]("FOLDER_MISNAMED", {
        file,
        reason: `nothing is read in a folder ${name} of an aggregate; did you mean ${kind}?`,
        fix: `Its files belong in ${displayPath(join(root, aggregate, kind))}; begin its name with "_" to exclude it.`,
      });
    }
  }
}

const innerKinds = ["actions", "migrations"] as const;

/**
 * Reports folders of a process that would be passed over because of their name: `migration`, `Actions`. Any other folder there may hold code of the
 * user's. So this is an error only where modules lie in a folder that has the very word, and the process has what they would be for, and a
 * warning otherwise.
 */
export function checkInnerFolderNames(
  root: string,
  { folders, filled, files }: Folders & { readonly files: readonly string[] },
  report: Report,
): void {
  for (const path of folders) {
    const name = basename(path);
    const letters = lettersOf(name);
    const kind = innerKinds.find((each) => [each, singularOf(each)].some((form) => isSlipOf(form, letters)));
    if (kind === undefined || name === kind) continue;
    const process = dirname(path);
    const isUsed = kind === "migrations" || files.some((file) => dirname(file) === process && /^machine\.[^.]+$/.test(basename(file)));
    const isCertain = filled.has(path) && isUsed && [kind, singularOf(kind)].includes(letters);
    report[isCertain ? "error" : "warning"]("FOLDER_MISNAMED", {
      file: displayPath(join(root, path)),
      reason: `nothing is read in a folder ${name} of a process; did you mean ${kind}?`,
      fix: `Its files belong in ${displayPath(join(root, process, kind))}; begin its name with "_" to exclude it.`,
    });
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
  const letters = lettersOf(name);
  return kinds.find((kind) => [kind, singulars[kind]].some((form) => distance(letters, form) <= 1));
}

/** With a letter more it may be another word, such as auctions. */
function isSlipOf(form: string, letters: string): boolean {
  return letters.length <= form.length && distance(letters, form) <= 1;
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, "");
}

function singularOf(kind: (typeof innerKinds)[number]): string {
  return kind.slice(0, -1);
}
