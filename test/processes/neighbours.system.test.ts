import { fileURLToPath } from "node:url";
import SqliteDatabase from "better-sqlite3";
import { describe, expect, type onTestFinished, test as it } from "vitest";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { runNode } from "../support/os-process.ts";
import { until } from "../support/patience.ts";
import { createSite } from "./remote-system.ts";
import { stateOf } from "./workers.ts";

const runNeighbours = async (how: "threads" | "copies", onFinished: typeof onTestFinished) => {
  const program = fileURLToPath(new URL("neighbours.mjs", import.meta.url));
  const { stdout } = await runNode([program, how, createTemporaryFolder({}, onFinished)], { onFinished });
  return JSON.parse(stdout) as unknown;
};

describe.concurrent("two workers in one OS process", () => {
  it("do not take the lease from each other in two threads; the second works once that of a thread that was ended has expired", async ({
    onTestFinished,
  }) => {
    expect(await runNeighbours("threads", onTestFinished)).toEqual({ seen: ["working standby"], successor: "working", said: [] });
  });

  it("do not take it from each other as two copies of the package", async ({ onTestFinished }) => {
    expect(await runNeighbours("copies", onTestFinished)).toEqual({ seen: ["working standby"], successor: "standby", said: [] });
  });
});

describe("two containers with one host name", () => {
  it("do not take the lease from each other, whatever their process ids; it is time that tells", async () => {
    const site = createSite();
    const first = await site.start({ processes: { lease: "1s" } });
    await first.kill();
    const database = new SqliteDatabase(site.path);
    const { owner } = database.prepare<[], { owner: string }>("SELECT owner FROM perdure_lease").get()!;
    // The same host, the same kernel, and process ids of its own.
    const elsewhere = owner.replace(/(?<=\/)\d+/, "1");
    expect(elsewhere).not.toBe(owner);
    // Farther ahead than anything here takes, and not so far that the clock was set back.
    database.prepare("UPDATE perdure_lease SET owner = ?, expires_at = ?, duration_ms = 60000").run(elsewhere, Date.now() + 60_000);
    const second = await site.start();
    expect(await stateOf(second)).toBe("standby");
    database.prepare("UPDATE perdure_lease SET expires_at = ?").run(Date.now());
    database.close();
    await until(
      () => stateOf(second),
      (state) => state === "working",
    );
  });
});
