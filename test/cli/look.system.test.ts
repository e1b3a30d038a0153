import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { orderFiles, Project } from "./perdure.ts";
import { readHere, runHere } from "./run-here.ts";

interface Listed {
  readonly items: readonly { readonly processId: string; readonly aggregateId: string; readonly status: string }[];
  readonly nextCursor?: string;
}

async function openShop(): Promise<Project> {
  const project = new Project();
  await project.start("start");
  for (const id of ["order-1", "order-2"]) await runHere(project, ["send", "OrderPlaced", id]);
  await until(
    () => readHere<Listed>(project, "list", "--status", "started"),
    ({ items }) => items.length === 2,
  );
  return project;
}

describe("beside a running worker", () => {
  it("list, show, timers and stats say what there is", async () => {
    const project = await openShop();
    const list = await runHere(project, ["list"]);
    expect(list.code).toBe(0);
    expect(list.stdout).toMatch(
      /^PROCESS +AGGREGATE +STATUS .*\norder\/order-lifecycle +order-2 +started .*\norder\/order-lifecycle +order-1 +started /,
    );

    const page = await readHere<Listed>(project, "list", "--limit", "1");
    expect(page.items).toMatchObject([{ aggregateId: "order-2" }]);
    expect((await readHere<Listed>(project, "list", "--cursor", page.nextCursor!)).items).toMatchObject([{ aggregateId: "order-1" }]);

    const shown = await runHere(project, ["show", "order-lifecycle", "order-1"]);
    expect(shown.stdout).toMatch(
      /status +started[^]*Timers[^]*sendWelcomeEmail[^]*Journal\n.* started +OrderPlaced +due in 7d\n.* handled +OrderPlaced +by on-order-placed +→ sendWelcomeEmail in/,
    );
    const { processId } = page.items[0]!;
    expect(await readHere(project, "show", processId)).toMatchObject({ instance: { aggregateId: "order-2" }, parked: [], deadLetters: [] });
    expect((await runHere(project, ["show", processId, "--svg"])).stdout).toMatch(/^<svg /);

    expect(await readHere(project, "timers", "--aggregate", "order-1")).toMatchObject({
      items: [{ kind: "command", command: "sendWelcomeEmail" }, { kind: "timeout" }],
    });
    const soonest = await readHere<Listed>(project, "timers", "--limit", "2");
    expect(soonest.items).toMatchObject([{ kind: "command" }, { kind: "command" }]);
    expect((await readHere<Listed>(project, "timers", "--cursor", soonest.nextCursor!)).items).toMatchObject([
      { kind: "timeout" },
      { kind: "timeout" },
    ]);
    expect(await readHere(project, "stats")).toMatchObject({
      worker: { isAlive: true },
      lag: { accepted: 2, waiting: 0 },
      instances: [{ status: "started", count: 2 }],
    });
  });

  it("stats --watch prints again until it is stopped", async () => {
    const project = await openShop();
    const watching = await project.start("stats", "--watch", "--json");
    expect(JSON.parse(await watching.line())).toMatchObject({ lag: { accepted: 2 } });
    expect((await watching.stop("SIGINT")).code).toBe(0);
  });
});

describe("with a store that cannot be looked at", () => {
  // Whoever runs the tests may be allowed everything, so a circle of links stands for a folder that cannot be entered.
  const createUnreachable = () => {
    const project = new Project({ "perdure.config.js": orderFiles["perdure.config.js"]!.replace("./shop.db", "./round/shop.db") });
    symlinkSync("round", join(project.folder, "round"));
    return project;
  };

  it.each(["list", "timers", "stats", "dead-letters list", "show x", "send OrderPlaced o-1"])(
    "%s says so, and not that there is none",
    async (command) => {
      const { code, stderr } = await createUnreachable().run(command.split(" "));
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/shop\.db: the file cannot be opened \(ELOOP\)/) as string,
      });
      expect(stderr).not.toContain("there is no database");
    },
  );

  it("the doctor says so as well", async () => {
    const { stdout } = await createUnreachable().run(["doctor"]);
    expect(stdout).toMatch(/failure\s+store\s+.*shop\.db: the file cannot be opened \(ELOOP\)/);
  });
});

describe("without a store", () => {
  it.each(["list", "timers", "stats", "dead-letters list", "show x"])("%s says so and makes none", async (command) => {
    const project = new Project();
    const { code, stderr } = await runHere(project, command.split(" "));
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining("there is no database at shop.db yet") as string });
    expect(project.has("shop.db")).toBe(false);
  });
});
