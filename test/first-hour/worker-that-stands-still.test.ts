import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test as it } from "vitest";
import { nameOwner } from "../../src/platform/owner.ts";
import { runHere } from "../cli/run-here.ts";
import { openShop, place } from "../cli/shop.ts";

const stat = `/proc/${process.ppid}/stat`;

/** Who holds a lease in the OS process that has started this one, and runs for sure. */
function nameParent(): string {
  const parts = nameOwner("another").split(":");
  const told = readFileSync(stat, "utf8");
  parts[1] = String(process.ppid);
  parts[4] = told.slice(told.lastIndexOf(")") + 2).split(" ")[19]!;
  return parts.join(":");
}

it.skipIf(!existsSync(stat))(
  "19: of a worker that an endless loop blocks, perdure doctor says how to end it, and what finds the handler",
  async () => {
    const project = await openShop([place("o-1")]);
    const database = new Database(join(project.folder, "shop.db"));
    database.prepare("UPDATE perdure_lease SET owner = ?, expires_at = 1").run(nameParent());
    database.close();
    const { stdout } = await runHere(project, ["doctor"]);
    expect(stdout).toMatch(
      new RegExp(
        `^warning +worker +pid ${process.ppid} on .* runs and does nothing: it has not renewed its lease, as when an endless loop in a handler blocks it\\n +End it with \`kill -9 ${process.ppid}\`, .* Then run \`perdure start\``,
        "m",
      ),
    );
  },
);
