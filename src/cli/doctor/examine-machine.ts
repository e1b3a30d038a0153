import { checkXState, findVersion } from "../../machine/import-machines.ts";
import { checkNode } from "../../platform/node-version.ts";
import { loadDriver } from "../../store/sqlite/load-driver.ts";
import { errorToFinding, type Finding } from "./finding.ts";

/** Whether this Node, the XState that is installed and the driver's binary can run Perdure at all. */
export async function examineMachine(): Promise<readonly Finding[]> {
  return [await examine("Node", examineNode), await examine("XState", examineXState), await examine("driver", examineDriver)];
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
  return `Node ${process.versions.node}`;
}

async function examineXState(): Promise<string> {
  await checkXState();
  return `xstate ${findVersion()}`;
}

function examineDriver(): string {
  const Driver = loadDriver();
  const database = new Driver(":memory:");
  const version = database.prepare<[], string>("SELECT sqlite_version()").pluck().get()!;
  database.close();
  return `better-sqlite3 with SQLite ${version}`;
}
