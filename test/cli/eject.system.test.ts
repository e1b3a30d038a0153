import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestSystem } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { withoutCompletedBy } from "../../src/cli/eject/eject-machine.ts";
import { runNode, tsc } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { inTypeScript, orderFiles, Project } from "./perdure.ts";
import { runHere } from "./run-here.ts";

const folder = "domain/order/processes/review";
const handler = (command: string) =>
  `export const handler = async ({ event, commands }) => { await commands.${command}({ aggregateId: event.aggregateId, payload: event.payload }); };`;

const anySchema = `export const payload = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } };`;

/** A process with two outcomes, an event that completes it and is not handled, and one that starts it and is not handled. */
const review: Readonly<Record<string, string>> = {
  "perdure.config.ts": `
    import { defineConfig } from "perdure/config";
    export default defineConfig({ domain: "./domain", commands: { askReviewer: async () => {}, thank: async () => {}, remind: async () => {} } });`,
  [`${folder}/index.ts`]: `export const config = ({ events }: { events: Record<string, string> }) => ({
  startedBy: [events.ReviewAsked, events.ReviewReopened],
  completedBy: { [events.ReviewApproved]: "approved", [events.ReviewRejected]: "not approved" },
  timeout: "7d",
});
`,
  ...Object.fromEntries(
    ["asked", "reopened", "approved", "rejected", "commented"].map((name) => [`domain/order/events/review-${name}.ts`, anySchema]),
  ),
  "domain/order/events/order-placed.ts": anySchema,
  "domain/order/events/order-fulfilled.ts": anySchema,
  [`${folder}/on-review-asked.ts`]: handler("askReviewer"),
  [`${folder}/on-review-approved.ts`]: handler("thank"),
  [`${folder}/on-review-commented.ts`]: handler("remind"),
  [`${folder}/on-review-timed-out.ts`]: handler("remind"),
  [`${folder}/on-review-failed.ts`]: "export async function handler() {}",
};

function createProject(files: Readonly<Record<string, string>> = {}): Project {
  const project = new Project(files);
  symlinkSync(join(projectFolder, "node_modules/xstate"), join(project.folder, "node_modules/xstate"));
  return project;
}

const compilerOptions = {
  target: "ES2023",
  module: "ESNext",
  moduleResolution: "bundler",
  rootDirs: [".", "./.perdure/types"],
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
};

const read = (project: Project, path: string) => readFileSync(join(project.folder, path), "utf8");

describe("perdure eject", () => {
  it("writes the chart, takes completedBy out of the config, and leaves a domain without fault", async () => {
    const project = createProject(review);
    const { code, stdout, stderr } = await project.run(["eject", "review"]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `create  ${folder}/machine.ts: what order/review does, as a chart of its own\nchange  ${folder}/index.ts: without completedBy, because the chart says what completes an instance\n`,
    });
    expect(stderr).toContain("Next: `perdure typegen` and `perdure check`");
    expect(stderr).not.toContain("outcome");
    expect(read(project, `${folder}/machine.ts`)).toContain(`  states: {
    open: {
      on: {
        ReviewAsked: { actions: "on-review-asked" },
        ReviewReopened: {},
        ReviewApproved: { target: "approved", actions: "on-review-approved" },
        ReviewRejected: { target: "not approved" },
        ReviewCommented: { actions: "on-review-commented" },
      },
    },
    approved: { type: "final" },
    "not approved": { type: "final" },
  },`);
    expect(read(project, `${folder}/index.ts`)).not.toContain("completedBy");
    expect(await project.run(["check", "--strict"])).toMatchObject({ code: 0, stdout: "" });
    expect((await project.run(["graph", "review"])).stdout).toContain('state "not approved" as in_not_approved');
  });

  it.for([
    ["approved", ["ReviewAsked", "ReviewCommented", "ReviewApproved", "ReviewCommented"], "0ms"],
    ["not approved", ["ReviewReopened", "ReviewAsked", "ReviewRejected"], "1d"],
    ["timed out", ["ReviewAsked", "ReviewAsked"], "7d"],
  ] as const)("leaves a process that does the same: %s", async ([, types, passes]) => {
    const [before, after] = [createProject(review), createProject(review)];
    await after.run(["eject", "review"]);
    const [one, other] = await Promise.all(
      [before, after].map(async ({ folder }) => {
        await using test = await createTestSystem({
          domain: join(folder, "domain"),
          commands: { askReviewer: async () => {}, thank: async () => {}, remind: async () => {} },
        });
        for (const [index, type] of types.entries()) {
          await test.dispatch({ type, aggregateId: "review-1", payload: { number: index } });
        }
        if (passes !== "0ms") await test.advance(passes);
        const { status, outcome } = test.instance({ aggregateId: "review-1" })!;
        return { status, outcome, commands: test.commands().map(({ type, payload }) => [type, payload]) };
      }),
    );
    expect(one!.commands.length).toBeGreaterThan(0);
    expect(other).toEqual(one);
  });

  it("leaves an example with types that fit, so that it type-checks at once", async () => {
    const project = createProject(inTypeScript(orderFiles));
    for (const part of ["domain", "services"]) {
      cpSync(join(projectFolder, "examples/order-lifecycle", part), join(project.folder, part), { recursive: true });
    }
    for (const name of ["@types", "zod"]) {
      symlinkSync(join(projectFolder, "node_modules", name), join(project.folder, "node_modules", name));
    }
    writeFileSync(join(project.folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["domain", ".perdure/types"] }));
    const typeCheck = async () => (await runNode([tsc, "-p", project.folder])).output;
    await runHere(project, ["typegen"]);
    const { code, stdout, stderr } = await project.run(["eject", "order-lifecycle"]);
    expect(code).toBe(0);
    expect(stderr).toContain('Completed by OrderFulfilled, an instance now has an outcome: "completed"');
    expect(stderr).toContain("Next: `perdure check`");
    expect(stdout).toContain("written  .perdure/types/domain/order/processes/order-lifecycle/+types/order-lifecycle.d.ts");
    expect(await typeCheck()).toBe("");
    expect((await runHere(project, ["typegen", "--check"])).code).toBe(0);

    // The types are those of a chart: they refuse what the chart has to say.
    const index = "domain/order/processes/order-lifecycle/index.ts";
    writeFileSync(join(project.folder, index), read(project, index).replace("startedBy", "completedBy: [], startedBy"));
    expect(await typeCheck()).toMatch(/order-lifecycle\/index\.ts.*Type 'never\[\]' is not assignable to type 'never'/);
  });

  it("says what to remove where the config is not as plain as it has to be to be changed", async () => {
    const config = `const last = ["OrderFulfilled"];\nexport const config = () => ({ startedBy: ["OrderPlaced"], completedBy: last, timeout: "7d" });\n`;
    const project = createProject({ "domain/order/processes/order-lifecycle/index.ts": config });
    const { code, stderr } = await runHere(project, ["eject", "order-lifecycle"]);
    expect(code).toBe(0);
    expect(stderr).toContain("Remove completedBy from domain/order/processes/order-lifecycle/index.ts");
    expect(read(project, "domain/order/processes/order-lifecycle/index.ts")).toBe(config);
  });

  it("refuses a process that has a chart, and leaves it as it is", async () => {
    const project = createProject(review);
    await project.run(["eject", "review"]);
    const machine = read(project, `${folder}/machine.ts`);
    const { code, stderr } = await project.run(["eject", "review"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("order/review cannot be ejected: it has a chart of its own already");
    expect(read(project, `${folder}/machine.ts`)).toBe(machine);
  });

  it("refuses a process whose handlers change its context, and one that is defined in code", async () => {
    const project = createProject({
      ...review,
      [`${folder}/context.ts`]: `export const context = { "~standard": { version: 1, vendor: "test", validate: () => ({ value: {} }) } };`,
      "perdure.config.ts": `
        import { defineProcess } from "perdure";
        import { defineConfig } from "perdure/config";
        const inCode = defineProcess({ aggregate: "order", name: "in-code", startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d", on: {} });
        export default defineConfig({ domain: "./domain", definitions: [inCode], commands: { askReviewer: async () => {}, thank: async () => {}, remind: async () => {}, sendWelcomeEmail: async () => {} } });`,
    });
    expect((await runHere(project, ["eject", "review"])).stderr).toContain(
      "order/review cannot be ejected: it has a context, which handlers change",
    );
    expect((await runHere(project, ["eject", "in-code"])).stderr).toContain("order/in-code cannot be ejected: it is defined in code");
    expect(project.has(`${folder}/machine.ts`)).toBe(false);
  });
});

describe("completedBy in the text of a config", () => {
  it.for([
    ['  a: 1,\n  completedBy: [events.Done, "Other"],\n  b: 2,\n', "  a: 1,\n  b: 2,\n"],
    ['  completedBy: {\n    [events.Done]: "done",\n  },\n', ""],
    ["  completedBy: []\n", ""],
    ["  completedBy: [...others],\n  b: 2,\n", "  b: 2,\n"],
  ])("is taken out of %j", ([text, without]) => expect(withoutCompletedBy(text!)).toBe(without));

  it.for([
    "  completedBy,\n",
    "  completedBy: last,\n",
    "  a: 1, completedBy: [events.Done],\n",
    "  completedBy: [events.Done], b: 2,\n",
    "  // completedBy: []\n  completedBy: [],\n",
    "  completedBy: [events.Done /* ] */],\n",
    "  completedBy: { [events.Done]: `a` },\n",
  ])("is left in %j", (text) => expect(withoutCompletedBy(text)).toBeUndefined());
});
