import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { emptyConfig, readConfigExport } from "./config-file.ts";
import type { ContextDefinition } from "../model/context.ts";
import type { HandlerDefinition, ProcessDefinition } from "../model/definition.ts";
import { readDescription } from "../report/description.ts";
import { displayPath } from "../report/display-path.ts";
import type { Handler } from "../model/handler.ts";
import type { OwnChart } from "../model/own-chart.ts";
import type { ImportModule } from "./import-module.ts";
import { loadChart, refuseContext } from "./load-chart.ts";
import type { NamedFile, ProcessListing } from "./listing.ts";
import { loadFile, readHandler } from "./load-file.ts";
import { checkCorrelated } from "./read-correlate.ts";
import { readContext } from "./read-context.ts";
import { loadMigrations } from "./read-migrations.ts";
import { createReport, type Report } from "../report/report.ts";
import { suggestName } from "../../platform/suggest.ts";

/** Imports the files of one process folder. Whatever is wrong with them is in the definition's diagnostics. */
export async function loadProcess(listing: ProcessListing, importModule: ImportModule): Promise<ProcessDefinition> {
  const { aggregate, name, folder, index } = listing;
  const report = createReport();
  const config = await loadProcessConfig(listing, importModule, report);
  refuseContext(listing, report);
  const isRefused = listing.context === undefined || listing.machine !== undefined;
  const context = isRefused ? undefined : await loadContext(listing.context, importModule, report);
  const handlers = new Map<string, HandlerDefinition>();
  const special: { timedOut?: HandlerDefinition; failed?: HandlerDefinition; cancelled?: HandlerDefinition } = {};
  for (const file of listing.handlers) {
    const handler = await loadHandler(file, importModule, { signature: signatures.event, report });
    if (file.role === "event") handlers.set(file.eventType, handler);
    else special[file.role] = handler;
  }
  const chart = await loadOwnChart(listing, handlers, importModule, report);
  // What a chart reacts to is known when its machine has been read.
  if (index !== undefined && chart === undefined) checkCorrelated({ ...config, handlers, chart }, displayPath(index), report);
  const given = { folder, files: listing.migrations, version: config.version };
  const migrations = await loadMigrations(given, importModule, report);
  return {
    process: `${aggregate}/${name}`,
    aggregate,
    name,
    ...config,
    context,
    chart,
    handlers: chart === undefined ? handlers : new Map(),
    timedOut: special.timedOut,
    failed: special.failed,
    cancelled: special.cancelled,
    source: displayPath(folder),
    declaredEvents: [],
    givenEvents: [],
    diagnostics: report.diagnostics,
    migrations,
  };
}

async function loadProcessConfig({ index, name, folder, handlers, machine }: ProcessListing, importModule: ImportModule, report: Report) {
  if (index === undefined) {
    const extension = extname(handlers[0]?.file ?? "x.ts");
    report.error("INDEX_MISSING", {
      file: displayPath(folder),
      reason: `the process folder has no index${extension}, so nothing says when ${name} starts and completes`,
      fix: `Create ${displayPath(join(folder, `index${extension}`))} with an export config, or begin the folder's name with "_" to exclude it.`,
    });
    return emptyConfig;
  }
  const exports = await loadFile(index, importModule, report);
  return exports === undefined
    ? emptyConfig
    : readConfigExport(exports, { file: displayPath(index), hasChart: machine !== undefined }, report);
}

async function loadOwnChart(
  { machine, actions }: ProcessListing,
  handlers: ReadonlyMap<string, HandlerDefinition>,
  importModule: ImportModule,
  report: Report,
): Promise<OwnChart | undefined> {
  if (machine === undefined) return undefined;
  const loadAction = (file: NamedFile) => loadHandler(file, importModule, { signature: signatures.action, report });
  return loadChart({ machine, actions, handlers }, loadAction, importModule, report);
}

async function loadContext(file: string, importModule: ImportModule, report: Report): Promise<ContextDefinition | undefined> {
  const exports = await loadFile(file, importModule, report);
  if (exports === undefined) return undefined;
  if (exports.context !== undefined) return readContext(exports.context, displayPath(file), report);
  const close = suggestName("context", Object.keys(exports)) ?? ("default" in exports ? "default" : undefined);
  report.error("CONTEXT_INVALID", {
    file: displayPath(file),
    reason: `the file exports no context${close === undefined ? "" : `; it does export ${close}`}`,
    fix: "Export the schema by name: export const context = z.object({ paid: z.boolean().default(false) });",
  });
  return undefined;
}

const signatures = {
  event: "export async function handler({ event, commands }) { … }",
  action: "export async function handler({ event, context, params, commands }) { … }",
} as const;

// A handler that could not be loaded still counts as present, because its event would be reported as unknown too otherwise.
async function loadHandler(
  { name, file }: NamedFile,
  importModule: ImportModule,
  { signature, report }: { readonly signature: string; readonly report: Report },
): Promise<HandlerDefinition> {
  const exports = await loadFile(file, importModule, report);
  const run: Handler | undefined = exports && readHandler(exports, file, signature, report);
  const source = await readFile(file, "utf8").catch(() => "");
  return { name, run: run ?? (() => {}), description: readDescription(source), file: displayPath(file) };
}
