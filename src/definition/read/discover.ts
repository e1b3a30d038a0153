import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { errorToText } from "../../errors.ts";
import { displayPath } from "../report/display-path.ts";
import { listDomain, type AggregateListing, type FolderContent } from "./listing.ts";
import { moduleExtensions } from "./module-extensions.ts";
import { createReport, type Report } from "../report/report.ts";
import type { Diagnostic } from "../report/diagnostic.ts";

/** What lies in the domain folders, by name, and what has no place there. Nothing is imported. */
export interface DomainListing {
  readonly aggregates: readonly AggregateListing[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Looks through one or several domain folders, relative to the working directory, in an order that does not depend on
 * the file system. `.d.ts`, tests, `__tests__`, `+types`, `node_modules` and names beginning with `_` or `.` are passed over.
 */
export async function discoverDomain(domain: string | readonly string[]): Promise<DomainListing> {
  const report = createReport();
  const folders = new Set((typeof domain === "string" ? [domain] : domain).map((folder) => resolve(folder)));
  const listings: AggregateListing[] = [];
  for (const folder of folders) {
    if (await checkFolder(folder, report)) listings.push(...listDomain(folder, await readContent(folder, report), report));
  }
  return { aggregates: listings, diagnostics: report.diagnostics };
}

async function checkFolder(folder: string, report: Report): Promise<boolean> {
  const file = displayPath(folder);
  try {
    if ((await stat(folder)).isDirectory()) return true;
    report.error("DOMAIN_NOT_A_FOLDER", {
      file,
      reason: "the domain is a file, not a folder",
      fix: "Let the option domain name the folder that holds your aggregates, such as ./domain.",
    });
  } catch (error) {
    if (isMissing(error)) {
      report.error("DOMAIN_MISSING", {
        file,
        reason: `the domain folder does not exist; it was looked for at ${folder}`,
        fix: "Create it, or let the option domain name the folder that holds your aggregates; relative paths start at the folder of the configuration file, in a program at the working directory.",
      });
    } else reportUnreadable(folder, error, report);
  }
  return false;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function reportUnreadable(folder: string, error: unknown, report: Report): void {
  report.error("DOMAIN_UNREADABLE", {
    file: displayPath(folder),
    reason: `the domain folder cannot be listed: ${errorToText(error)}`,
    fix: "Allow the user that runs this program to read the folder and everything below it.",
  });
}

const passedOver = ["**/{_,.}*", "**/{_,.}*/**", "**/+types/**", "**/node_modules/**", "**/*.d.{ts,mts,cts}", "**/*.{test,spec}.*"];

const module = `*{${moduleExtensions.join(",")}}`;

async function readContent(cwd: string, report: Report): Promise<FolderContent> {
  // Only here, because a program whose processes are all given by `defineProcess` does without it.
  const { default: fastGlob } = await import("fast-glob");
  const options = { cwd, ignore: passedOver };
  try {
    // At once, because its asynchronous walk waits for timers that a test may have put fakes in the place of.
    const files = fastGlob.sync(
      [
        `*/{events,commands,schedules,processes,policies}/${module}`,
        `*/processes/*/${module}`,
        `*/processes/*/{actions,migrations}/${module}`,
      ],
      options,
    );
    const processFolders = fastGlob.sync("*/processes/*", { ...options, onlyDirectories: true });
    const folders = fastGlob.sync(["*", "*/*"], { ...options, onlyDirectories: true });
    const innerFolders = fastGlob.sync("*/processes/*/*", { ...options, onlyDirectories: true });
    const modules = fastGlob.sync([`*/*/${module}`, `*/*/*/${module}`, `*/processes/*/*/${module}`], options);
    const handlers = fastGlob.sync([`*/on-${module}`, `*/*/on-${module}`], options);
    return {
      files: files.toSorted(),
      processFolders: processFolders.toSorted(),
      folders: folders.toSorted(),
      innerFolders: innerFolders.toSorted(),
      filled: new Set(modules.map((path) => path.slice(0, path.lastIndexOf("/")))),
      handlers: handlers.toSorted(),
    };
  } catch (error) {
    reportUnreadable(cwd, error, report);
    return { files: [], processFolders: [], folders: [], innerFolders: [], filled: new Set(), handlers: [] };
  }
}
