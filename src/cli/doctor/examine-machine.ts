import { checkXState, findVersion } from "../../machine/import-machines.ts";
import { checkNode } from "../../platform/node-version.ts";
import type { DriverName } from "../../store/sqlite/driver/database.ts";
import { loadDriver } from "../../store/sqlite/driver/load-driver.ts";
import { errorToFinding, type Finding } from "./finding.ts";

/** Whether this Node and the XState that is installed can run Perdure at all. */
export async function examineMachine(): Promise<readonly Finding[]> {
  return [await examine("Node", examineNode), await examine("XState", examineXState)];
}

/** Which driver opens the store, and why. `choice` is what the configuration says of it. */
export function examineDriver(choice: DriverName | undefined): Finding {
  const about = "driver";
  try {
    const { open, title, insteadOf } = loadDriver(choice);
    const database = open(":memory:");
    const version = database.prepare<[], string>("SELECT sqlite_version()").pluck().get()!;
    database.close();
    const text = `${title} with SQLite ${version}`;
    if (insteadOf !== undefined) return { about, state: "warning", text: `${text}, because ${insteadOf.problem}`, fix: insteadOf.fix };
    return { about, state: "ok", text: choice === undefined ? text : `${text}, as store.driver says` };
  } catch (error) {
    return errorToFinding(about, error);
  }
}

async function examine(about: string, look: () => string | Promise<string>): Promise<Finding> {
  try {
    return { about, state: "ok", text: await look() };
  } catch (error) {
    return errorToFinding(about, error);
  }
}

function examineNode(): string {
  checkNode();
  const { bun, node } = process.versions;
  return bun === undefined ? `Node ${node}` : `Bun ${bun}, in the place of Node ${node}`;
}

async function examineXState(): Promise<string> {
  await checkXState();
  return `xstate ${findVersion()}`;
}
