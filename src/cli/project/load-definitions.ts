import type { Domain } from "../../definition/model/definition.ts";
import type { Diagnostic } from "../../definition/report/diagnostic.ts";
import { loadDomain } from "../../definition/load-domain.ts";
import { importMachines } from "../../machine/import-machines.ts";
import { readChart } from "../../machine/read-chart.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { readOptions } from "../../system/system-options.ts";
import type { Project } from "./project.ts";

/** What the domain of a project says. @throws ProcessError `DEFINITION_INVALID`, `CONFIG_INVALID` */
export async function loadDefinitions({
  options,
}: Pick<Project, "options">): Promise<{ readonly domain: Domain; readonly diagnostics: readonly Diagnostic[] }> {
  return loadDomain({ ...readOptions(options), readChart });
}

/** The machines of a project, by process. @throws ProcessError as `loadDefinitions` does, and `XSTATE_UNUSABLE` */
export async function loadMachines({ options }: Pick<Project, "options">): Promise<ReadonlyMap<string, ProcessMachine>> {
  const { createProcessMachines } = await importMachines();
  const read = readOptions(options);
  const { domain } = await loadDomain({ ...read, readChart });
  return createProcessMachines(domain.definitions, { retry: read.settings.retry });
}
