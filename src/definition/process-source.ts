import { basename, dirname, resolve } from "node:path";
import { ProcessError } from "../errors.ts";
import type { Domain, ProcessDefinition } from "./model/definition.ts";
import type { ReadChart } from "./model/own-chart.ts";
import { displayPath } from "./report/display-path.ts";
import { loadDomain, type LoadDomainOptions } from "./load-domain.ts";
import { didYouMean, suggestName } from "../platform/suggest.ts";

/** A process folder, relative to the working directory, or a definition made with `defineProcess`. */
export type ProcessSource = string | ProcessDefinition;

/** What a process or a policy is tested with beside its folder or its definition: how files are loaded, and what the program gives in code. */
export type PartSurroundings = Partial<Pick<LoadDomainOptions, "importModule" | "events" | "commands">>;

/** One process with the domain that it belongs to, of which it is the only process. */
export interface LoadedProcess {
  readonly definition: ProcessDefinition;
  readonly domain: Domain;
}

/**
 * Loads one process with the events and commands of its domain.
 * @throws ProcessError `CONFIG_INVALID`; `DEFINITION_INVALID`, with the problems of the whole domain
 */
export async function loadProcessFrom(
  source: ProcessSource,
  readChart: ReadChart,
  surroundings: PartSurroundings = {},
): Promise<LoadedProcess> {
  const { process, ...place } = locateProcess(source);
  const { domain } = await loadDomain({ ...place, ...surroundings, readChart, isNeverExecuted: true });
  const definition = domain.definitions.find((each) => each.process === process);
  const others = { policies: new Map(), schedules: new Map() };
  if (definition !== undefined) return { definition, domain: { ...domain, ...others, definitions: [definition] } };
  const known = domain.definitions.map((each) => each.process);
  const close = suggestName(process, known);
  throw new ProcessError("CONFIG_INVALID", `there is no process "${process}"${didYouMean(close)}`, {
    hint: `The domain has ${known.join(", ")}.`,
  });
}

/** Where to load a process from: the options of the domain, and its name in it. */
interface ProcessPlace extends Pick<LoadDomainOptions, "domain" | "definitions" | "isPart"> {
  readonly process: string;
}

/**
 * A process folder's place says its domain: `<domain>/<aggregate>/processes/<name>`.
 * @throws ProcessError `CONFIG_INVALID` for a folder elsewhere
 */
function locateProcess(source: ProcessSource): ProcessPlace {
  if (typeof source !== "string") return { domain: [], definitions: [source], isPart: true, process: source.process };
  const folder = resolve(source);
  const processes = dirname(folder);
  const aggregate = dirname(processes);
  if (basename(processes) === "processes" && basename(aggregate) !== "") {
    return { domain: dirname(aggregate), definitions: [], process: `${basename(aggregate)}/${basename(folder)}` };
  }
  throw new ProcessError("CONFIG_INVALID", `${displayPath(folder)} is not a process folder`, {
    hint: "Name a folder such as ./domain/order/processes/order-lifecycle.",
  });
}
