import { readFileSync } from "node:fs";
import SqliteDatabase from "better-sqlite3";
import { errorToText } from "../../errors.ts";
import type { Finding } from "./finding.ts";

/** Whether this Node and the driver's binary can run Perdure at all. */
export function examineMachine(): readonly Finding[] {
  return [examineNode(process.versions.node), examineDriver()];
}

function examineNode(version: string): Finding {
  const wanted = readWantedNode();
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  const isEnough = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  const text = `Node ${version}`;
  return isEnough ? { about: "Node", state: "ok", text } : { about: "Node", state: "failure", text: `${text} is too old`, fix: `Install Node ${wanted} or later.` };
}

/** The version in the package's own `engines`. */
function readWantedNode(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  const { engines } = JSON.parse(text) as { readonly engines: { readonly node: string } };
  return engines.node.replace(/^\D+/, "");
}

// The driver's binary is loaded with the first database.
function examineDriver(): Finding {
  try {
    const database = new SqliteDatabase(":memory:");
    const version = database.prepare<[], string>("SELECT sqlite_version()").pluck().get()!;
    database.close();
    return { about: "driver", state: "ok", text: `better-sqlite3 with SQLite ${version}` };
  } catch (error) {
    return {
      about: "driver",
      state: "failure",
      text: `better-sqlite3 does not load: ${errorToText(error).split("\n")[0]}`,
      fix: "Run `npm rebuild better-sqlite3` with the Node that runs this.",
    };
  }
}
