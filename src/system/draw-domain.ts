import { loadDomain } from "../definition/load-domain.ts";
import { type PictureFormat, pictureFormats } from "../graph/picture-format.ts";
import { importMachines } from "../machine/import-machines.ts";
import { expectOption, refuseUnknownKeys } from "../platform/options.ts";
import { type ProcessSystemOptions, readOptions } from "./system-options.ts";

type DomainParts = "domain" | "definitions" | "policies" | "schedules" | "events" | "commands" | "dispatchCommand" | "importModule";

/** What is drawn, as the options of `createProcessSystem` say it, and how. */
export interface DrawDomainOptions extends Pick<ProcessSystemOptions, DomainParts> {
  /** `mermaid` (the default) for Markdown, `svg` for a picture, `dot` for Graphviz, `json` for a program. */
  readonly format?: PictureFormat;
}

/**
 * Who reacts to what in a domain, as one map: schedules, events, processes, policies and commands. A solid arrow is what a definition says: which
 * events a process starts by, handles and completes by, which event a policy is for, which event a schedule dispatches, what a chart
 * invokes. A dashed arrow is a name that was found in the code of a handler: a command that it dispatches, an event that a command returns.
 * Nothing is started, and no handler runs. The same domain gives the same text.
 *
 * @example const svg = await drawDomain({ domain: "./domain", format: "svg" });
 * @throws ProcessError `DEFINITION_INVALID`, with the problems of the whole domain; `CONFIG_INVALID` for an option; `XSTATE_UNUSABLE`
 */
export async function drawDomain({ format = "mermaid", ...options }: DrawDomainOptions = {}): Promise<string> {
  refuseUnknownKeys(options, "drawDomain", [
    "domain",
    "definitions",
    "policies",
    "schedules",
    "events",
    "commands",
    "dispatchCommand",
    "importModule",
    "format",
  ]);
  expectOption(pictureFormats.includes(format), "format", format, pictureFormats.join(", "));
  const { readChart } = await importMachines();
  const { domain } = await loadDomain({ ...readOptions(options), readChart });
  const { drawLoadedDomain } = await import("../graph/svg/domain/draw-domain.ts");
  return drawLoadedDomain(domain, format);
}
