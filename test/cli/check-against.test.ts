import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createProcessSystem, defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { z } from "zod";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { projectFolder } from "../support/project-folder.ts";
import { Project } from "./perdure.ts";
import { runHere } from "./run-here.ts";

const event = (type: string, aggregateId: string) => ({ type, aggregateId });

/** A store with three open orders of version 1 and one that is completed. */
async function createStore(waiting: readonly string[] = []): Promise<string> {
  const path = createDatabasePath();
  const definition = defineProcess({
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "7d",
    context: z.object({ name: z.string().default("Ada") }),
    on: { OrderPlaced: ({ event: { aggregateId } }) => ({ name: aggregateId }), OrderShipped: () => {} },
  });
  const system = await createProcessSystem({ definitions: [definition], store: { path }, logger: silentLogger });
  await system.start();
  await system.dispatch(["o-1", "o-2", "o-3", "o-4"].map((id) => event("OrderPlaced", id)));
  await system.dispatch(event("OrderFulfilled", "o-4"));
  await system.whenIdle();
  await system.stop();
  if (waiting.length > 0) {
    const client = await createProcessSystem({ definitions: [definition], store: { path }, role: "client", logger: silentLogger });
    await client.start();
    await client.dispatch(waiting.map((type) => event(type, "o-1")));
    await client.stop();
  }
  return path;
}

// The project has no packages but perdure.
const importZod = `import { z } from ${JSON.stringify(join(projectFolder, "node_modules/zod/index.js"))};`;

const folder = "domain/order/processes/order-lifecycle";

/** A project of version 2. */
function createProject(migration: string): Project {
  return new Project({
    [`${folder}/index.ts`]: `export const config = ({ events }) => ({ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "7d", version: 2 });`,
    [`${folder}/context.ts`]: `${importZod} export const context = z.object({ names: z.array(z.string()).default([]) });`,
    [`${folder}/migrations/1-to-2.ts`]: migration,
  });
}

const good = `export const migration = ({ context }: { context: { name: string } }) => ({ context: { names: [context.name] } });`;

describe("perdure check --against", () => {
  it("counts what would be migrated, and leaves the file as it is", async () => {
    const path = await createStore();
    const before = readFileSync(path);
    const { code, stdout, stderr } = await runHere(createProject(good), ["check", "--against", path]);
    expect(stderr).toContain("3 open instances: 0 cannot go on, 0 kinds of waiting events not known");
    expect(code).toBe(0);
    expect(stdout).toMatch(/order\/order-lifecycle\s+1 to 2\s+3\s+0/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("ends with 5 if an instance cannot be migrated, and says which and why", async () => {
    const path = await createStore();
    const project = createProject(
      `export const migration = ({ context }) => { if (context.name === "o-2") throw new Error("no o-2"); return { context: { names: [context.name] } }; };`,
    );
    const { code, stdout } = await runHere(project, ["check", "--against", path]);
    expect(code).toBe(5);
    expect(stdout).toContain("order/order-lifecycle o-2");
    expect(stdout).toContain("the migration 1-to-2 throws: no o-2");
    const printed = await runHere(project, ["check", "--against", path, "--json"]);
    expect(JSON.parse(printed.stdout)).toMatchObject({
      against: {
        versions: [{ process: "order/order-lifecycle", version: 1, to: 2, instances: 3, failing: 1 }],
        failing: [{ process: "order/order-lifecycle", aggregateId: "o-2", version: 1 }],
        waiting: [],
      },
    });
  });

  it("ends with 5 if the definitions do not know an event that waits", async () => {
    const path = await createStore(["OrderShipped", "OrderShipped"]);
    const { code, stdout } = await runHere(createProject(good), ["check", "--against", path]);
    expect(code).toBe(5);
    expect(stdout).toContain("2 OrderShipped events of order/order-lifecycle, which these definitions neither handle nor know");
  });

  it("ends with 5 if a context does not fit a schema that has changed without a new version", async () => {
    const path = await createStore();
    const project = new Project({
      [`${folder}/context.ts`]: `${importZod} export const context = z.object({ name: z.number().default(0) });`,
    });
    const { code, stdout } = await runHere(project, ["check", "--against", path]);
    expect(code).toBe(5);
    expect(stdout).toContain("the context of version 1 does not fit today's definition: its schema refuses it: name");
  });

  it("ends with 3 if there is no such file, and makes none", async () => {
    const project = createProject(good);
    const { code, stderr } = await runHere(project, ["check", "--against", "other.db"]);
    expect(code).toBe(3);
    expect(stderr).toContain("there is no database at");
    expect(project.has("other.db")).toBe(false);
  });
});

describe("a process folder with a migration", () => {
  it.each<readonly [string, Readonly<Record<string, string>>, string, string]>([
    [
      "that is missing",
      { "index.ts": "version: 3", "migrations/1-to-2.ts": good },
      "MIGRATION_MISSING",
      "nothing leads from version 2 to 3",
    ],
    [
      "beyond its version",
      { "index.ts": "", "migrations/1-to-2.ts": good },
      "MIGRATION_INVALID",
      "leads beyond the version of the process, which is 1",
    ],
    ["with another name", { "index.ts": "", "migrations/to-2.ts": good }, "MIGRATION_INVALID", 'the file is named "to-2"'],
    ["over two versions", { "index.ts": "", "migrations/1-to-3.ts": good }, "MIGRATION_INVALID", 'the file is named "1-to-3"'],
    [
      "that is not a function",
      { "index.ts": "version: 2", "migrations/1-to-2.ts": "export const migration = 1;" },
      "MIGRATION_INVALID",
      "migration has to be a function, but is the number 1",
    ],
    [
      "under another export",
      { "index.ts": "version: 2", "migrations/1-to-2.ts": "export default () => {};" },
      "MIGRATION_INVALID",
      "it does export default",
    ],
    [
      "twice",
      { "index.ts": "version: 2", "migrations/1-to-2.ts": good, "migrations/1-to-2.js": "export const migration = () => {};" },
      "FILE_DUPLICATE",
      "beside it has the same meaning",
    ],
    ["and a version that is not a number", { "index.ts": 'version: "2"' }, "VERSION_INVALID", "version has to be a whole number from 1"],
    ["and a version of 0", { "index.ts": "version: 0" }, "VERSION_INVALID", "version has to be a whole number from 1"],
  ])("%s is refused", async (_, files, code, reason) => {
    const index = `export const config = ({ events }) => ({ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "7d", ${files["index.ts"]} });`;
    const given = Object.fromEntries(Object.entries({ ...files, "index.ts": index }).map(([name, text]) => [join(folder, name), text]));
    const { code: exitCode, stdout } = await runHere(new Project(given), ["check", "--json"]);
    expect(exitCode).toBe(1);
    const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly { readonly severity: string }[] };
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(errors).toMatchObject([{ code, reason: expect.stringContaining(reason) as unknown }]);
  });
});
