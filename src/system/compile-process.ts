import type { AnyStateMachine } from "xstate";
import type { ImportModule } from "../definition/read/import-module.ts";
import { loadProcessFrom, type ProcessSource } from "../definition/process-source.ts";
import { importMachines } from "../machine/import-machines.ts";

export interface CompileProcessOptions {
  /** Loads the files of the domain in place of Perdure's own loader: `(file) => import(file)`, for a program with a loader of its own. */
  readonly importModule?: ImportModule;
}

/**
 * The XState machine of one process, without a system: for tests, and for tools that draw or walk it. `source` is a process
 * folder, `<domain>/<aggregate>/processes/<name>`, relative to the working directory, or what `defineProcess` returns.
 *
 * A process with a chart of its own has that inside of `started`; what it invokes never settles by itself there.
 *
 * It is the machine that `system.machines` has, except for the retry policy in its `meta`, because that belongs to a system. It runs in
 * `createActor`, with XState's `SimulatedClock` and in `xstate/graph`; `JSON.stringify(machine.config)` opens in Stately's editor.
 * @throws ProcessError `DEFINITION_INVALID`, with the problems of the domain that the folder lies in; `CONFIG_INVALID` for a folder
 * that is not a process; `NODE_TOO_OLD`, `XSTATE_UNUSABLE`
 */
export async function compileProcess(source: ProcessSource, options: CompileProcessOptions = {}): Promise<AnyStateMachine> {
  const { compileMachine, readChart } = await importMachines();
  const { definition } = await loadProcessFrom(source, readChart, { importModule: options.importModule });
  return compileMachine(definition);
}
