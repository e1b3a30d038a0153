import { basename } from "node:path";
import type { HandlerDefinition } from "../model/definition.ts";
import { pascalToKebab } from "../model/names.ts";
import type { OwnChart } from "../model/own-chart.ts";
import { displayPath } from "../report/display-path.ts";
import type { Report } from "../report/report.ts";
import { suggestName } from "../../platform/suggest.ts";
import type { ImportModule } from "./import-module.ts";
import type { NamedFile, ProcessListing } from "./listing.ts";
import { loadFile } from "./load-file.ts";

/** A machine that has not been read yet, with the handlers of its actions. `file`: its `machine.ts`, if it has one. */
export function unreadChart(machine: unknown, actions: ReadonlyMap<string, HandlerDefinition>, file: string | undefined): OwnChart {
  return { machine, actions, file, events: [], raised: [], invoked: [], ends: true, stuck: [], contextKeys: undefined, advice: [] };
}

/** What stands for a machine that could not be loaded, which has been reported. */
export const noMachine: unique symbol = Symbol("no machine");

export interface ChartFiles {
  readonly machine: string;
  readonly actions: readonly NamedFile[];
  /** The process's handlers of events, by event type. */
  readonly handlers: ReadonlyMap<string, HandlerDefinition>;
}

/** Imports the machine of a process folder and the handlers of its actions; the `on-<event>` files are handlers of actions of that name. */
export async function loadChart(
  { machine: file, actions: files, handlers }: ChartFiles,
  loadHandler: (file: NamedFile) => Promise<HandlerDefinition>,
  importModule: ImportModule,
  report: Report,
): Promise<OwnChart> {
  const exports = await loadFile(file, importModule, report);
  const machine = exports === undefined ? noMachine : readExport(exports, file, report);
  const actions = new Map<string, HandlerDefinition>();
  for (const handler of handlers.values()) actions.set(handler.name, handler);
  for (const action of files) actions.set(action.name, await loadHandler({ name: pascalToKebab(action.name), file: action.file }));
  return unreadChart(machine, actions, displayPath(file));
}

function readExport(exports: Readonly<Record<string, unknown>>, file: string, report: Report): unknown {
  if (exports.machine !== undefined) return exports.machine;
  const close = suggestName("machine", Object.keys(exports)) ?? ("default" in exports ? "default" : undefined);
  report.error("MACHINE_INVALID", {
    file: displayPath(file),
    reason: `${basename(file)} exports no machine${close === undefined ? "" : `; it does export ${close}`}`,
    fix: 'Export it by name: export const machine = setup({ … }).createMachine({ initial: "waiting", states: { … } });',
  });
  return noMachine;
}

/** Reports what a process with a machine has beside it and the machine says itself. */
export function refuseContext({ context, machine }: Pick<ProcessListing, "context" | "machine">, report: Report): void {
  if (context === undefined || machine === undefined) return;
  report.error("MACHINE_CONFLICT", {
    file: displayPath(context),
    reason: `the process has a ${basename(context)}, but it has a machine too, and the context of the machine is what an instance remembers`,
    fix: `Write the keys into the context of ${basename(machine)}, change them by assign, and delete ${basename(context)}.`,
  });
}
