import { checkContextIndex } from "./check/check-context-index.ts";
import { checkEventNames } from "./check/check-event-names.ts";
import { checkInvocations } from "./check/check-invocations.ts";
import { checkPolicies } from "./check/check-policies.ts";
import { checkProcessNames } from "./check/check-process-names.ts";
import { checkSchedules } from "./check/check-schedules.ts";
import { checkReservedEvents } from "./check/check-reserved-events.ts";
import type { Domain, ProcessDefinition } from "./model/definition.ts";
import type { PolicyDefinition } from "./model/policy.ts";
import type { CommandOption } from "./model/command-option.ts";
import type { EventOptions } from "./model/event-option.ts";
import type { ScheduleDefinition } from "./model/schedule.ts";
import type { ReadChart } from "./model/own-chart.ts";
import { createDefinitionError, type Diagnostic } from "./report/diagnostic.ts";
import { discoverDomain } from "./read/discover.ts";
import { displayPath } from "./report/display-path.ts";
import type { Handler } from "./model/handler.ts";
import { joinEvents, readGivenEvents } from "./read/given-events.ts";
import { createImportModule, type ImportModule } from "./read/import-module.ts";
import { loadCommands } from "./read/load-commands.ts";
import { loadEvents } from "./read/load-events.ts";
import { loadSchedules, settleSchedules } from "./read/load-schedules.ts";
import { loadProcess } from "./read/load-process.ts";
import { loadPolicies, type PolicySources } from "./read/load-policies.ts";
import { createPatientImport } from "./read/patient-import.ts";
import { settleContext } from "./read/read-context.ts";
import { settleChart } from "./read/settle-chart.ts";
import { createReport, describeValue, type Report } from "./report/report.ts";

export interface LoadDomainOptions {
  /** A domain folder or several; relative paths start at the working directory. */
  readonly domain: string | readonly string[];
  /** Definitions made with `defineProcess`. */
  readonly definitions: readonly ProcessDefinition[];
  /** Schedules made with `defineSchedule`. Default: none. */
  readonly schedules?: readonly ScheduleDefinition[];
  /** Policies made with `definePolicy`. */
  readonly policies?: readonly PolicyDefinition[] | undefined;
  /** Events by type. Default: none. */
  readonly events?: EventOptions | undefined;
  /** Commands by name. What they say takes the place of what the command files of the same names say. */
  readonly commands?: Readonly<Record<string, Handler | CommandOption>> | undefined;
  /** Reads the machines of processes that have a chart of their own. */
  readonly readChart: ReadChart;
  /** Whether the given processes are some of several: what else their charts invoke is not known. Default: they are all. */
  readonly isPart?: boolean;
  readonly importModule?: ImportModule | undefined;
  /** How long the import of one file may take, in milliseconds. Default: 10 s. */
  readonly importLimitMs?: number;
  /** Serves the command files that export no handler. */
  readonly dispatchCommand?: Handler | undefined;
  /** Whether no command is ever executed, so that a command's file needs no handler. Default: false. */
  readonly isNeverExecuted?: boolean;
}

export interface LoadedDomain {
  readonly domain: Domain;
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads all domain folders and checks them together with the definitions made in code. One mistake does not hide another:
 * all are in one error.
 * @throws ProcessError `DEFINITION_INVALID`, with every problem, warnings included, in `details.diagnostics`
 */
export async function loadDomain(options: LoadDomainOptions): Promise<LoadedDomain> {
  const importModule = createPatientImport(options.importModule ?? createImportModule(), options.importLimitMs);
  const report = createReport();
  const { aggregates, diagnostics } = await discoverDomain(options.domain);
  report.add(diagnostics);

  // One file after the other: what user files do when they are imported happens in the same order each time.
  const eventFiles = aggregates.flatMap(({ events }) => events);
  const fileEvents = await loadEvents(eventFiles, importModule, report);
  const files = aggregates.flatMap(({ commands }) => commands);
  const { commands: given, dispatchCommand, isNeverExecuted = false } = options;
  const commands = await loadCommands({ files, given, dispatchCommand, isNeverExecuted }, importModule, report);
  const scheduleFiles = await loadSchedules(aggregates, importModule, report);
  const definitions: ProcessDefinition[] = [];
  const configFiles = new Map<ProcessDefinition, string>();
  for (const listing of aggregates.flatMap(({ processes }) => processes)) {
    const loaded = await loadProcess(listing, importModule);
    const settled = await settleContext(loaded, displayPath(listing.context ?? listing.folder), report);
    const configFile = displayPath(listing.index ?? listing.folder);
    const definition = settleChart(settled, configFile, options.readChart, report);
    definitions.push(definition);
    configFiles.set(definition, configFile);
  }
  const givenEvents = readGivenEvents(options.events ?? {}, undefined, report);
  for (const [at, definition] of options.definitions.entries()) {
    if (!checkMade(definition, { list: "definitions", at, key: "handlers", maker: "defineProcess" }, report)) continue;
    const settled = await settleContext(definition, definition.source, report);
    definitions.push(settleChart(settled, definition.source, options.readChart, report));
    givenEvents.push(...definition.givenEvents);
  }
  const events = joinEvents(fileEvents, givenEvents, report);

  const policies = await readPolicies(options, { aggregates, definitions, events }, importModule, report);
  for (const definition of [...definitions, ...policies]) report.add(definition.diagnostics);
  checkEmpty(options, definitions.length + policies.length + commands.size, report);
  checkProcessNames(definitions, report);
  const configFile = (definition: ProcessDefinition) => configFiles.get(definition) ?? definition.source;
  checkContextIndex(definitions, configFile, report);
  checkReservedEvents(definitions, events, configFile, report);
  checkInvocations({ ...options, definitions, commands }, report);
  const aggregatesWithEvents = new Set(aggregates.filter((aggregate) => aggregate.events.length > 0).map(({ name }) => name));
  // Whoever declares events in code, beside no folder or beside others, declares them for all processes in code.
  const isDeclaredInCode = Object.keys(options.events ?? {}).length > 0;
  const declaresEvents = (definition: ProcessDefinition) =>
    aggregatesWithEvents.has(definition.aggregate) || (isDeclaredInCode && !configFiles.has(definition));
  checkEventNames({ definitions, events, declaresEvents, configFile }, report);

  const schedules = await readSchedules(options, scheduleFiles, report);
  await checkSchedules({ schedules: schedules.values(), definitions, policies, events }, report);
  checkPolicies(policies, { definitions, events: [...events.keys()] }, report);

  if (report.diagnostics.some(({ severity }) => severity === "error")) throw createDefinitionError(report.diagnostics);
  const policiesByName = new Map(policies.map((policy) => [policy.policy, policy]));
  return { domain: { definitions, events, commands, policies: policiesByName, schedules }, diagnostics: report.diagnostics };
}

async function readPolicies(options: LoadDomainOptions, found: PolicySources, importModule: ImportModule, report: Report) {
  const files = await loadPolicies(found, importModule, report);
  const made = (options.policies ?? []).filter((policy, at) =>
    checkMade(policy, { list: "policies", at, key: "policy", maker: "definePolicy" }, report),
  );
  return [...files, ...made];
}

// Programs in JavaScript can give anything.
function checkMade(definition: unknown, { list, at, key, maker }: MadePlace, report: Report): boolean {
  const isMade =
    typeof definition === "object" &&
    definition !== null &&
    key in definition &&
    "diagnostics" in definition &&
    Array.isArray(definition.diagnostics);
  if (!isMade) {
    report.error("DEFINITION_NOT_MADE", {
      file: `${list}[${at}]`,
      reason: `an entry of ${list} has to come from ${maker}, but this is ${describeValue(definition)}`,
      fix: `Write ${list}: [${maker}({ … })].`,
    });
  }
  return isMade;
}

/** Where something made in code was given; `key` is one that only what `maker` makes has. */
interface MadePlace {
  readonly list: "definitions" | "policies" | "schedules";
  readonly at: number;
  readonly key: string;
  readonly maker: string;
}

async function readSchedules({ schedules: made = [] }: LoadDomainOptions, files: readonly ScheduleDefinition[], report: Report) {
  const definitions = [
    ...files,
    ...made.filter((schedule, at) => checkMade(schedule, { list: "schedules", at, key: "schedule", maker: "defineSchedule" }, report)),
  ];
  for (const { diagnostics } of definitions) report.add(diagnostics);
  return settleSchedules(definitions, report);
}

function checkEmpty({ domain }: LoadDomainOptions, found: number, report: Report): void {
  // A folder that is not there, or has another name, has been reported, and is the reason.
  if (
    found > 0 ||
    report.diagnostics.some(({ code }) => code.startsWith("DOMAIN_") || code === "FOLDER_MISNAMED" || code === "DEFINITION_NOT_MADE")
  )
    return;
  const folders = typeof domain === "string" ? [domain] : domain;
  report.error("DOMAIN_EMPTY", {
    file: folders.length === 0 ? "domain" : folders.join(", "),
    reason:
      folders.length === 0
        ? "no domain folder and no definition was given"
        : "there is no process, no policy and no command in it, and none was given in code",
    fix: `Create ${folders[0] ?? "./domain"}/<aggregate>/processes/<process-name>/index.ts, or give definitions made with defineProcess.`,
  });
}
