import { basename, dirname, extname, join } from "node:path";
import { displayPath } from "../report/display-path.ts";
import { checkFolderNames, checkHandlerFolders, checkInnerFolderNames } from "../check/misnamed-folders.ts";
import {
  cancelledEventType,
  failedEventType,
  isKebabCase,
  kebabToCamel,
  kebabToPascal,
  pascalToKebab,
  timedOutEventType,
  toKebabCase,
} from "../model/names.ts";
import type { Report } from "../report/report.ts";

/** One aggregate of one domain folder. All paths are absolute. */
export interface AggregateListing {
  readonly name: string;
  readonly folder: string;
  /** `name` is the event's type. */
  readonly events: readonly NamedFile[];
  /** `name` is the command's name. */
  readonly commands: readonly NamedFile[];
  /** `name` is the file's, without its extension: `weekly-report`. */
  readonly schedules: readonly NamedFile[];
  readonly processes: readonly ProcessListing[];
  readonly policies: readonly PolicyListing[];
}

/** A file in a folder `policies`; `name` is the file's, without its extension. */
export interface PolicyListing extends NamedFile {
  readonly aggregate: string;
}

export interface NamedFile {
  readonly name: string;
  readonly file: string;
}

export interface ProcessListing {
  readonly aggregate: string;
  readonly name: string;
  readonly folder: string;
  readonly index: string | undefined;
  /** The file that exports the schema of the context. */
  readonly context: string | undefined;
  /** The file that exports the chart of its own. */
  readonly machine: string | undefined;
  /** The handlers of the chart's actions; `name` is the action's. */
  readonly actions: readonly NamedFile[];
  readonly handlers: readonly HandlerListing[];
  /** `name` is the file's, without its extension: `1-to-2`. */
  readonly migrations: readonly NamedFile[];
}

export interface HandlerListing {
  /** The file's, without its extension: `on-order-placed`. */
  readonly name: string;
  readonly eventType: string;
  /** Which of the process's handlers it is; the last three receive an own event. */
  readonly role: "event" | "timedOut" | "failed" | "cancelled";
  readonly file: string;
}

/** What was found, as paths below the domain folder with `/` between the parts. */
export interface FolderContent {
  readonly files: readonly string[];
  readonly processFolders: readonly string[];
  /** All folders one and two levels below the domain folder. */
  readonly folders: readonly string[];
  /** All folders in process folders. */
  readonly innerFolders: readonly string[];
  /** Folders with modules in them: those two and three levels below the domain folder, and those in process folders. */
  readonly filled: ReadonlySet<string>;
  /** Files one and two levels below it that are named as handlers are. */
  readonly handlers: readonly string[];
}

/** Sorts the files of one domain folder by what their places say. */
export function listDomain(
  root: string,
  { files, processFolders, folders, innerFolders, filled, handlers }: FolderContent,
  report: Report,
): readonly AggregateListing[] {
  checkFolderNames(root, { folders, filled }, report);
  checkInnerFolderNames(root, { folders: innerFolders, filled, files }, report);
  checkHandlerFolders(root, handlers, report);
  const aggregates = new Set([...files, ...processFolders].map((path) => path.split("/")[0] ?? ""));
  return [...aggregates].toSorted().map((name) => {
    const folder = join(root, name);
    checkKebabCase(folder, "folder", report);
    const filesIn = (kind: string) => files.filter((path) => dirname(path) === `${name}/${kind}`).map((path) => join(root, path));
    for (const file of filesIn("processes")) reportLooseFile(file, report);
    const events = filesIn("events").flatMap((file) => listNamed(file, kebabToPascal, report));
    return {
      name,
      folder,
      events,
      commands: filesIn("commands").flatMap((file) => listNamed(file, kebabToCamel, report)),
      schedules: listSchedules(filesIn("schedules"), report),
      processes: processFolders
        .filter((path) => path.startsWith(`${name}/`))
        .map((path) => {
          const kind = path.slice(name.length + 1);
          const migrations = filesIn(`${kind}/migrations`).map((file) => ({ name: stemOf(file), file }));
          const listing = preferEvents(listProcess(name, join(root, path), filesIn(kind), report), events);
          return { ...listing, actions: listActions(listing, filesIn(`${kind}/actions`), report), migrations };
        }),
      policies: listPolicies(name, filesIn("policies"), report),
    };
  });
}

function listNamed(file: string, nameOf: (kebab: string) => string, report: Report): readonly NamedFile[] {
  return checkKebabCase(file, "file", report) ? [{ name: nameOf(stemOf(file)), file }] : [];
}

function listSchedules(files: readonly string[], report: Report): readonly NamedFile[] {
  const schedules = new Map<string, NamedFile>();
  for (const schedule of files.flatMap((file) => listNamed(file, (kebab) => kebab, report))) {
    const other = schedules.get(schedule.name);
    if (other === undefined) schedules.set(schedule.name, schedule);
    else reportTwin(schedule.file, other.file, report);
  }
  return [...schedules.values()];
}

function listPolicies(aggregate: string, files: readonly string[], report: Report): readonly PolicyListing[] {
  const policies = new Map<string, PolicyListing>();
  for (const file of files) {
    if (!checkKebabCase(file, "file", report)) continue;
    const name = stemOf(file);
    const other = policies.get(name);
    if (other === undefined) policies.set(name, { aggregate, name, file });
    else reportTwin(file, other.file, report);
  }
  return [...policies.values()];
}

type ProcessFiles = Omit<ProcessListing, "actions" | "migrations">;

// What has another name than it should is read by the name that it should have, so that nothing else is reported because of it.
function listProcess(aggregate: string, folder: string, files: readonly string[], report: Report): ProcessFiles {
  const name = checkKebabCase(folder, "folder", report) ? basename(folder) : toKebabCase(basename(folder));
  const index = findOnly("index", files, report);
  const context = findOnly("context", files, report);
  const machine = findOnly("machine", files, report);
  const handlers = new Map<string, HandlerListing>();
  for (const file of files) {
    const stem = ownFiles.has(stemOf(file)) ? undefined : checkHandlerFile(file, report);
    if (stem === undefined) continue;
    const handler = listHandler(name, stem, file);
    const other = handlers.get(handler.eventType);
    if (other === undefined) handlers.set(handler.eventType, handler);
    else if (other.name === stem) reportTwin(file, other.file, report);
    else reportSynonym(handler, other, report);
  }
  return { aggregate, name, folder, index, context, machine, handlers: [...handlers.values()] };
}

const ownFiles: ReadonlySet<string> = new Set(["index", "context", "machine"]);

/** `on-order-cancelled` in the process `order` is for the event `OrderCancelled` where the aggregate declares one, as it is in many domains. */
function preferEvents(listing: ProcessFiles, events: readonly NamedFile[]): ProcessFiles {
  const isEvent = ({ role, eventType }: HandlerListing) => role === "cancelled" && events.some(({ name }) => name === eventType);
  return { ...listing, handlers: listing.handlers.map((handler) => (isEvent(handler) ? { ...handler, role: "event" } : handler)) };
}

/** The files in the folder `actions` of a process, which mean something beside a machine. */
function listActions({ folder, machine }: ProcessFiles, files: readonly string[], report: Report): readonly NamedFile[] {
  const actions = new Map<string, NamedFile>();
  for (const file of files) {
    if (machine === undefined) reportIdleAction(file, folder, report);
    else if (/^on-[a-z]/.test(stemOf(file))) reportMisplacedHandler(file, folder, report);
    else {
      for (const action of listNamed(file, kebabToCamel, report)) {
        const other = actions.get(action.name);
        if (other === undefined) actions.set(action.name, action);
        else reportTwin(file, other.file, report);
      }
    }
  }
  return [...actions.values()];
}

function reportIdleAction(file: string, folder: string, report: Report): void {
  report.error("FILE_UNEXPECTED", {
    file: displayPath(file),
    reason: `the folder ${basename(dirname(file))} holds the handlers of a chart's actions, and the process has no machine${extname(file)}`,
    fix: `Create ${displayPath(join(folder, `machine${extname(file)}`))} with an export machine, or begin the folder's name with "_" to exclude it.`,
  });
}

function reportMisplacedHandler(file: string, folder: string, report: Report): void {
  report.error("FILE_UNEXPECTED", {
    file: displayPath(file),
    reason: "the handler of an event lies in the folder of the process, and this one lies among the actions",
    fix: `Move it to ${displayPath(join(folder, basename(file)))}.`,
  });
}

function findOnly(stem: string, files: readonly string[], report: Report): string | undefined {
  const [only, ...others] = files.filter((file) => stemOf(file) === stem);
  for (const other of others) if (only !== undefined) reportTwin(other, only, report);
  return only;
}

function listHandler(process: string, name: string, file: string): HandlerListing {
  if (name === `on-${process}-timed-out`) return { name, eventType: timedOutEventType(process), role: "timedOut", file };
  if (name === `on-${process}-failed`) return { name, eventType: failedEventType(process), role: "failed", file };
  if (name === `on-${process}-cancelled`) return { name, eventType: cancelledEventType(process), role: "cancelled", file };
  return { name, eventType: kebabToPascal(name.slice("on-".length)), role: "event", file };
}

/** The name of the handler that a file is, or is meant to be: `on-order-placed`. */
function checkHandlerFile(file: string, report: Report): string | undefined {
  const given = stemOf(file);
  const stem = toKebabCase(given);
  const isHandler = /^on-[a-z]/.test(stem);
  if (!isKebabCase(given) && isHandler) checkKebabCase(file, "file", report);
  else if (!isHandler) {
    const better = stem === "" ? "order-placed" : stem;
    report.error("FILE_UNEXPECTED", {
      file: displayPath(file),
      reason: "a process folder holds index, context, machine and on-<event-name> files, and this is none of them",
      fix: `Rename it to on-${better}${extname(file)} if it handles ${kebabToPascal(better)}; otherwise begin its name with "_" or move it into a folder of its own.`,
    });
  }
  return isHandler ? stem : undefined;
}

function checkKebabCase(path: string, kind: "file" | "folder", report: Report): boolean {
  const stem = kind === "file" ? stemOf(path) : basename(path);
  if (isKebabCase(stem)) return true;
  const better = toKebabCase(stem);
  const ending = kind === "file" ? extname(path) : "";
  const literal = pascalToKebab(stem);
  const orLiteral = literal === better || !isKebabCase(literal) ? "" : `, or to ${literal}${ending} if the name has these very capitals`;
  report.error("NAME_NOT_KEBAB_CASE", {
    file: displayPath(path),
    reason: `the ${kind} name ${JSON.stringify(basename(path))} is not kebab-case: small letters and digits in parts joined by "-", beginning with a letter`,
    fix:
      better === ""
        ? `Give the ${kind} a name such as order-placed${ending}.`
        : `Rename the ${kind} to ${better}${ending}${orLiteral}, or begin its name with "_" to exclude it.`,
  });
  return false;
}

function reportLooseFile(file: string, report: Report): void {
  report.error("FILE_UNEXPECTED", {
    file: displayPath(file),
    reason: "a process is a folder, and this file lies beside the process folders",
    fix: `Move it to ${displayPath(join(dirname(file), stemOf(file), `index${extname(file)}`))}, or begin its name with "_" to exclude it.`,
  });
}

function reportTwin(file: string, other: string, report: Report): void {
  report.error("FILE_DUPLICATE", {
    file: displayPath(file),
    reason: `${basename(other)} beside it has the same meaning`,
    fix: `Delete one of ${basename(other)} and ${basename(file)}; build output belongs in another folder.`,
  });
}

function reportSynonym({ file, eventType }: HandlerListing, other: HandlerListing, report: Report): void {
  report.error("FILE_DUPLICATE", {
    file: displayPath(file),
    reason: `${basename(other.file)} beside it is for the event ${eventType} as well`,
    fix: `Delete or rename one of ${basename(other.file)} and ${basename(file)}; a "-" before a digit leaves no trace in an event's type.`,
  });
}

function stemOf(file: string): string {
  return basename(file, extname(file));
}
