import { createRequire } from "node:module";
import { errorToText, ProcessError } from "../errors.ts";
import { checkNode } from "../platform/node-version.ts";
import { findPackageManager } from "../platform/package-manager.ts";
import { readChart } from "./read-chart.ts";

/** The oldest XState that Perdure works with, as the package's `peerDependencies` say. */
export const OLDEST_XSTATE = "5.33.3";

/**
 * The part of this room that runs on XState, loaded when it is first needed. If it was imported at the top of a file, the module
 * loader would report a missing XState in its own words, before a line of this package has run.
 * @throws ProcessError `NODE_TOO_OLD`, `XSTATE_UNUSABLE`
 */
export async function importMachines() {
  checkNode();
  await checkXState();
  const [{ compileMachine }, { createProcessMachine, createProcessMachines }] = await Promise.all([
    import("./compile-machine.ts"),
    import("./process-machine.ts"),
  ]);
  return { compileMachine, createProcessMachine, createProcessMachines, readChart };
}

/** How XState is looked for. */
export interface XStatePorts {
  /** Loads it. */
  readonly load: () => Promise<object>;
  /** The version that is installed, if one is. */
  readonly findVersion: () => string | undefined;
  readonly packageManager: typeof findPackageManager;
}

/** @throws ProcessError `XSTATE_UNUSABLE` unless what this room imports from XState is there */
export async function checkXState(
  ports: XStatePorts = { load: () => import("xstate"), findVersion, packageManager: findPackageManager },
): Promise<void> {
  let cause: unknown;
  try {
    const exports = await ports.load();
    if (neededNames.every((name) => name in exports)) return;
  } catch (error) {
    cause = error;
  }
  const version = ports.findVersion();
  const { add } = ports.packageManager();
  throw new ProcessError("XSTATE_UNUSABLE", describeProblem(version, cause), {
    hint: `Run \`${add("xstate@5")}\`.`,
    details: { version, oldest: OLDEST_XSTATE },
    cause,
  });
}

const neededNames = ["setup", "createActor", "getInitialSnapshot", "initialTransition"];

function describeProblem(version: string | undefined, cause: unknown): string {
  if (version === undefined) return "xstate is not installed, but Perdure needs it to make machines";
  if (cause === undefined) return `xstate ${version} is installed, but Perdure needs version 5, from ${OLDEST_XSTATE} on`;
  return `xstate ${version} is installed but cannot be loaded: ${errorToText(cause).split("\n")[0]}`;
}

/** The version of the XState that this file imports, if there is one. */
export function findVersion(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    return (require("xstate/package.json") as { readonly version: string }).version;
  } catch (error) {
    // Whatever else keeps package.json from being read, such as damage, keeps XState from being loaded, and is told with that.
    return (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND" ? undefined : "of an unknown version";
  }
}
