import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createProcessSystem, defineProcess, type ProcessDefinition } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createMachine } from "xstate";
import { z } from "zod";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { projectFolder } from "../support/project-folder.ts";
import { Project } from "./perdure.ts";
import { runHere } from "./run-here.ts";
import { openShop, place as placeOrder, work } from "./shop.ts";

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

/** A store in which the process has begun and handled some events. */
async function createStoreOf(
  definition: ProcessDefinition,
  events: readonly (readonly [type: string, aggregateId: string])[],
): Promise<string> {
  const path = createDatabasePath();
  const system = await createProcessSystem({
    definitions: [definition],
    store: { path },
    logger: silentLogger,
    processes: { retry: { retryStrategy: "none" } },
  });
  await system.start();
  await system.dispatch(events.map(([type, aggregateId]) => event(type, aggregateId)));
  await system.whenIdle();
  await system.stop();
  return path;
}

const place = { aggregate: "trial", name: "trial-run", startedBy: ["TrialStarted"], timeout: "7d" } as const;

const trialFolder = "domain/trial/processes/trial-run";

/** A process folder with a chart whose states are `open` and `paid`. */
function createChartedProject(config = "", migration?: string): Project {
  return new Project({
    [`${trialFolder}/index.ts`]: `export const config = ({ events }) => ({ startedBy: [events.TrialStarted], timeout: "7d", ${config} });`,
    "domain/trial/events/trial-started.ts": "export {};",
    [`${trialFolder}/machine.ts`]: `import { createMachine } from ${JSON.stringify(import.meta.resolve("xstate"))};
      export const machine = createMachine({ initial: "open", states: { open: { on: { TrialPaid: "paid" } }, paid: { type: "final" } } });`,
    ...(migration !== undefined && { [`${trialFolder}/migrations/1-to-2.ts`]: migration }),
  });
}

describe("perdure check --against, of a process with a chart", () => {
  const charted = defineProcess({
    ...place,
    machine: createMachine({
      initial: "waiting",
      states: {
        waiting: { on: { TrialHeld: "held", TrialOpened: "open" } },
        held: {},
        open: { on: { TrialPaid: "paid" } },
        paid: { type: "final" },
      },
    }),
  });
  const events = [
    ...["o-1", "o-2", "o-3", "o-4"].map((id) => ["TrialStarted", id] as const),
    ...["o-2", "o-3"].map((id) => ["TrialHeld", id] as const),
    ["TrialOpened", "o-4"] as const,
  ];

  it("ends with 5 if instances stand in states that the chart has no more, and counts them by state", async () => {
    const path = await createStoreOf(charted, events);
    const { code, stdout, stderr } = await runHere(createChartedProject(), ["check", "--against", path]);
    expect(code).toBe(5);
    expect(stdout).toMatch(/trial\/trial-run\s+1\s+4\s+3/);
    expect(stdout).toContain("stands  2 open instances of trial/trial-run in held, which its chart does not have");
    expect(stdout).toContain("stands  1 open instance of trial/trial-run in waiting, which its chart does not have");
    expect(stdout).toContain("Bring the state back, or write version: 2 and a migration 1-to-2 that returns a state that the chart has.");
    expect(stderr).toContain("4 open instances: 3 cannot go on");
    const printed = await runHere(createChartedProject(), ["check", "--against", path, "--json"]);
    expect(JSON.parse(printed.stdout)).toMatchObject({
      against: {
        failing: [],
        vanished: [
          { process: "trial/trial-run", version: 1, state: "held", instances: 2 },
          { process: "trial/trial-run", version: 1, state: "waiting", instances: 1 },
        ],
      },
    });
  });

  it("is content with a migration that returns a state of the chart, and names the instance for which one does not", async () => {
    const path = await createStoreOf(charted, events);
    const all = `export const migration = ({ context, state }) => ({ context, state: "open" });`;
    const some = `export const migration = ({ context, state }) => ({ context, state: state === "waiting" ? "open" : state });`;
    const good = await runHere(createChartedProject("version: 2", all), ["check", "--against", path]);
    expect([good.code, good.stdout]).toEqual([0, expect.stringMatching(/1 to 2\s+4\s+0/)]);
    const bad = await runHere(createChartedProject("version: 2", some), ["check", "--against", path]);
    expect(bad.code).toBe(5);
    expect(bad.stdout).toContain("trial/trial-run o-2");
    expect(bad.stdout).toContain("the chart has no state held");
    expect(bad.stdout).not.toContain("o-1");
  });

  it("ends with 5 if an instance began before its process had a chart, unless a migration gives its state", async () => {
    const path = await createStoreOf(
      defineProcess({ ...place, completedBy: [], on: { TrialStarted: ({ event: { aggregateId } }) => failIf(aggregateId === "o-2") } }),
      [
        ["TrialStarted", "o-1"],
        ["TrialStarted", "o-2"],
      ],
    );
    const { code, stdout } = await runHere(createChartedProject(), ["check", "--against", path]);
    expect(code).toBe(5);
    expect(stdout).toContain("it began before its process had a chart of its own, and no migration says where it stands in the chart");
    // The first step of o-2 is a dead letter, so that it begins the chart when it is retried.
    expect(stdout).toMatch(/trial\/trial-run\s+1\s+2\s+1/);
    const migration = `export const migration = ({ context, state }) => ({ context, state: state ?? "open" });`;
    expect(await runHere(createChartedProject("version: 2", migration), ["check", "--against", path])).toMatchObject({ code: 0 });
    const silent = `export const migration = ({ context }) => ({ context });`;
    expect(await runHere(createChartedProject("version: 2", silent), ["check", "--against", path])).toMatchObject({ code: 5 });
  });
});

describe("perdure check --against, of policies", () => {
  const policy = (name: string) => ({
    [`domain/order/policies/${name}.js`]: `export const delay = "1h"; export const handler = () => {};`,
  });

  it("finds nothing where the policy for which events wait is there", async () => {
    const project = await openShop([placeOrder("o-1"), placeOrder("o-2")], policy("notify-on-order-placed"));
    const { code, stdout, stderr } = await runHere(project, ["check", "--against", "shop.db"]);
    expect(stdout).not.toContain("waits");
    expect(stderr).toContain("2 open instances: 0 cannot go on, 0 kinds of waiting events not known");
    expect(code).toBe(0);
  });

  it("ends with 5 if the policy was removed or renamed, and says that it is one", async () => {
    const before = await openShop([placeOrder("o-1"), placeOrder("o-2")], policy("notify-on-order-placed"));
    const path = join(before.folder, "shop.db");
    for (const files of [{}, policy("tell-on-order-placed")]) {
      const project = new Project(files);
      const { code, stdout } = await runHere(project, ["check", "--against", path]);
      expect(stdout).toContain("2 OrderPlaced events for the policy order/notify-on-order-placed, which these definitions do not have");
      expect(code).toBe(5);
      const { against } = JSON.parse((await runHere(project, ["check", "--against", path, "--json"])).stdout) as { against: object };
      expect(against).toMatchObject({
        waiting: [{ process: "order/notify-on-order-placed", type: "OrderPlaced", count: 2, policy: true }],
      });
    }
    await work(new Project({}), [], { store: { path, synchronous: "normal" } });
    const { stdout } = await runHere(before, ["doctor"]);
    expect(stdout).toContain("2 OrderPlaced events for the policy order/notify-on-order-placed, waiting for a worker that has this policy");
  });
});

function failIf(isWanted: boolean): void {
  if (isWanted) throw new Error("as the test says");
}

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
