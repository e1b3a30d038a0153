import { describe, expect, test as it } from "vitest";
import { Project } from "./perdure.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { readHere, runHere } from "./run-here.ts";
import { place, work } from "./shop.ts";

/** A project whose domain has no process; `files` lie in the folder of its one aggregate. */
function withoutProcess(files: Readonly<Record<string, string>>): Project {
  return new Project({
    "perdure.config.js": `
      import { defineConfig } from "perdure/config";
      export default defineConfig({ domain: "./alone", store: { path: "./shop.db" } });`,
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`alone/order/${path}`, text])),
  });
}

describe("perdure send, where only policies react", () => {
  it("takes the event", async () => {
    const project = withoutProcess({ "policies/notify-on-order-placed.js": `export const delay = "1h"; export const handler = () => {};` });
    const { code, stdout } = await runHere(project, ["send", "OrderPlaced", "order-1", "--event-id", "e-1"]);
    expect(stdout).toBe("accepted: OrderPlaced order-1, eventId e-1\n");
    expect(code).toBe(0);
    expect(await readHere(project, "timers")).toMatchObject({ items: [{ policy: "order/notify-on-order-placed" }] });
  });

  it("says the nearest of all events, whoever reacts to it", async () => {
    const project = new Project({ "domain/order/policies/notify-on-order-returned.js": "export const handler = () => {};" });
    const { code, stderr } = await runHere(project, ["send", "OrderRetruned", "order-1"]);
    expect(stderr).toContain("no process and no policy knows the event OrderRetruned; did you mean OrderReturned?");
    expect(stderr).toContain("The events are OrderFulfilled, OrderPlaced, OrderReturned.");
    expect(code).toBe(3);
  });

  it("prints no empty list where nothing reacts to anything", async () => {
    const { code, stderr } = await runHere(withoutProcess({ "commands/send-mail.js": "export const handler = () => {};" }), [
      "send",
      "OrderPlaced",
      "order-1",
    ]);
    expect(stderr).toContain("no process and no policy knows the event OrderPlaced");
    expect(stderr).not.toContain("The events are");
    expect(code).toBe(3);
  });
});

const failing = "order/fail-on-order-placed";
const late = "order/notify-on-order-placed";
const policies = {
  "domain/order/policies/fail-on-order-placed.js": `
    export const retry = { retryStrategy: "none" };
    export const handler = () => { throw new Error("no printer"); };`,
  "domain/order/policies/notify-on-order-placed.js": `export const delay = "1h"; export const handler = () => {};`,
};
const schedules = {
  "domain/report/schedules/weekly.js": `export const schedule = { cron: "0 9 * * 1", event: { type: "OrderPlaced", aggregateId: "reports" } };`,
};

/** A project in which a policy has failed for an order and another waits to be told of it, beside a process. */
async function openPolicies(): Promise<Project> {
  const project = new Project({ ...policies, ...schedules });
  await work(project, [place("o-1")], { logger: silentLogger });
  return project;
}

interface Items {
  readonly items: readonly { readonly process: string; readonly id?: string }[];
}

describe("--process with the name of a policy", () => {
  it("chooses what there is of it: letters, timers and commands", async () => {
    const project = await openPolicies();
    const ownersOf = async (...args: readonly string[]) => (await readHere<Items>(project, ...args)).items.map(({ process }) => process);
    for (const name of [failing, "fail-on-order-placed"]) {
      expect(await ownersOf("dead-letters", "list", "--process", name)).toEqual([failing]);
      expect(await ownersOf("timers", "--process", name)).toEqual([]);
    }
    for (const name of [late, "notify-on-order-placed"]) {
      expect(await ownersOf("timers", "--process", name)).toEqual([late]);
      expect(await ownersOf("scheduled", "list", "--process", name)).toEqual([late]);
      expect(await ownersOf("dead-letters", "list", "--process", name)).toEqual([]);
    }
    expect(await ownersOf("timers", "--process", "weekly")).toEqual(["report/weekly"]);
    expect((await runHere(project, ["dead-letters", "retry", "--process", failing, "--dry-run"])).stdout).toContain("would be retried");
    expect((await runHere(project, ["dead-letters", "skip", "--process", late, "--yes"])).stderr).toContain("No open dead letter matches.");
    expect((await runHere(project, ["scheduled", "cancel", "--process", late, "--dry-run"])).stdout).toContain("would be cancelled");
    const exported = await runHere(project, ["export", "--aggregate", "o-1", "--process", failing]);
    expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining("no printer") as string });
    expect(await runHere(project, ["erase", "o-1", "--process", failing, "--yes"])).toMatchObject({ code: 4 });
  });

  it("chooses what is left of a removed one by the name that its rows have", async () => {
    const { folder } = await openPolicies();
    const project = new Project({ "perdure.config.js": `export default { store: { path: ${JSON.stringify(`${folder}/shop.db`)} } };` });
    await work({ folder } as Project, [], { domain: `${project.folder}/domain`, logger: silentLogger });
    const { items } = await readHere<Items>(project, "dead-letters", "list", "--process", failing);
    expect(items).toMatchObject([{ process: failing }]);
    const { code, stderr } = await runHere(project, ["dead-letters", "list", "--process", "fail-on-order-placd"]);
    expect(stderr).toContain('there is no process or policy "fail-on-order-placd"');
    expect(code).toBe(3);
  });

  it("is told to be one where a policy has nothing", async () => {
    const project = await openPolicies();
    for (const [lacks, args] of [
      ["no instances", ["list", "--process", late]],
      ["no instances", ["list", "--process", "notify-on-order-placed"]],
      ["no instances", ["show", late, "o-1"]],
      ["no instances", ["cancel", "--process", late]],
      ["no instances", ["suspend", late, "o-1"]],
      ["no instances", ["inspect", "--process", late]],
      ["no chart", ["graph", late]],
      ["no chart", ["eject", "notify-on-order-placed"]],
    ] as const) {
      const { code, stderr } = await runHere(project, args);
      expect(stderr).toContain(`${late} is a policy, and a policy has ${lacks}`);
      expect(code).toBe(3);
    }
    const done = new Project({ "domain/order/policies/notify-on-order-placed.js": "export const handler = () => {};" });
    await work(done, [place("o-1")]);
    const { code, stderr } = await runHere(done, ["export", "--process", late]);
    expect(stderr).toContain(`${late} is a policy, and a policy has nothing that an export for Restate takes over`);
    expect(code).toBe(3);
  });
});
