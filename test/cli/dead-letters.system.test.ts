import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { inTypeScript, orderFiles, Project } from "./perdure.ts";
import { readHere, runHere } from "./run-here.ts";

interface Letters {
  readonly items: readonly { readonly id: string; readonly aggregateId: string }[];
}

interface Listed {
  readonly items: readonly { readonly status: string }[];
}

async function failOrders(project: Project, ...ids: readonly string[]): Promise<Letters["items"]> {
  project.break();
  for (const id of ids) await runHere(project, ["send", "OrderPlaced", id]);
  return (
    await until(
      () => readHere<Letters>(project, "dead-letters", "list"),
      ({ items }) => items.length === ids.length,
    )
  ).items;
}

describe("perdure dead-letters", () => {
  it("says who settled a letter by the name that --by gives, and refuses one that is none", async () => {
    const project = new Project(inTypeScript(orderFiles));
    await project.start("start");
    const [letter] = await failOrders(project, "order-1");
    const { id } = letter!;
    const refused = await runHere(project, ["dead-letters", "discard", id, "--yes", "--by", ""]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("It has to be a text of 1 to 200 characters.");
    await runHere(project, ["dead-letters", "discard", id, "--yes", "--by", "ada"]);
    expect((await runHere(project, ["dead-letters", "show", id])).stdout).toMatch(/by +ada/);
    expect((await runHere(project, ["show", "order-lifecycle", "order-1"])).stdout).toMatch(/discarded .*asked by ada/);
  });

  it("lists, shows and retries a letter beside a running worker, once", async () => {
    const project = new Project(inTypeScript(orderFiles));
    await project.start("start");
    const [letter] = await failOrders(project, "order-1");
    const { id } = letter!;
    expect((await runHere(project, ["dead-letters", "list"])).stdout).toMatch(
      new RegExp(`${id} +open .* order-1 +on-order-placed +TypeError: the printer is on fire`),
    );
    // The frames that it leaves out are those of the built package.
    const shown = await project.run(["dead-letters", "show", id]);
    expect(shown.stdout).toMatch(/handler +on-order-placed[^]*Error\n {2}TypeError: the printer is on fire\n.*on-order-placed\.ts/);
    expect(shown.stdout).not.toContain("handle-step");
    expect((await runHere(project, ["show", "order-lifecycle", "order-1"])).stdout).toContain("held until its dead letter is settled");

    project.break(false);
    expect(await runHere(project, ["dead-letters", "retry", id])).toMatchObject({ code: 0, stdout: `${id}  retried\n` });
    await until(
      () => readHere<Listed>(project, "list"),
      ({ items }) => items[0]?.status === "started",
    );
    expect(await readHere(project, "dead-letters", "show", id)).toMatchObject({ settledBy: userInfo().username });
    const again = await runHere(project, ["dead-letters", "retry", id]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("A letter is settled once");
  });

  it("retries one letter with another payload, given or in a file, which the event's schema checks", async () => {
    const project = new Project({
      ...inTypeScript(orderFiles),
      "domain/order/events/order-placed.ts": `
        const validate = (value) => (value.email === undefined ? { issues: [{ message: "there is no email" }] } : { value });
        export const payload = { "~standard": { version: 1, vendor: "test", validate } };`,
    });
    await project.start("start");
    project.break();
    for (const id of ["order-1", "order-2"]) await runHere(project, ["send", "OrderPlaced", id, "--payload", '{"email":"@"}']);
    const { items } = await until(
      () => readHere<Letters>(project, "dead-letters", "list"),
      (letters) => letters.items.length === 2,
    );
    const [first, second] = items.map(({ id }) => id);
    project.break(false);
    const refused = await runHere(project, ["dead-letters", "retry", first!, "--payload", "{}"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("there is no email");
    expect((await runHere(project, ["dead-letters", "retry", first!, second!, "--payload", "{}"])).stderr).toContain(
      "--payload is for one letter",
    );
    expect((await runHere(project, ["dead-letters", "retry", first!, "--payload", "{"])).stderr).toContain("is not JSON");
    const missing = await runHere(project, ["dead-letters", "retry", first!, "--payload", "@missing.json"]);
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("missing.json") as string });

    await runHere(project, ["dead-letters", "retry", first!, "--payload", '{"email":"ada@example.org"}']);
    const path = join(project.folder, "payload.json");
    writeFileSync(path, '{"email":"grace@example.org"}');
    await runHere(project, ["dead-letters", "retry", second!, "--payload", `@${path}`]);
    expect(await readHere(project, "dead-letters", "show", first!)).toMatchObject({
      status: "retried",
      event: { payload: { email: "@" } },
      retriedWith: { email: "ada@example.org" },
    });
    expect((await runHere(project, ["dead-letters", "show", second!])).stdout).toContain('the payload {"email":"grace@example.org"}');
    await until(
      () => readHere<Listed>(project, "list"),
      (list) => list.items.every(({ status }) => status === "started"),
    );
  });

  it("skips letters when it is agreed to, and lists them as skipped", async () => {
    const project = new Project();
    await project.start("start");
    const letters = await failOrders(project, "order-1", "order-2");
    expect((await runHere(project, ["dead-letters", "skip", "--all"])).code).toBe(4);
    const skipped = await runHere(project, ["dead-letters", "skip", "--all", "--yes", "--reason", "a trial"]);
    expect(skipped).toMatchObject({ code: 0, stdout: letters.map(({ id }) => `${id}  skipped\n`).join("") });
    const { items } = await readHere<Listed>(project, "dead-letters", "list", "--status", "skipped");
    expect(items).toMatchObject([{ reason: "a trial" }, { reason: "a trial" }]);
    expect((await readHere<Listed>(project, "list")).items.map(({ status }) => status)).toEqual(["started", "started"]);
  });

  it("without a worker, says at once that the next one does it, and the next one does", async () => {
    const project = new Project();
    const worker = await project.start("start");
    const letters = await failOrders(project, "order-1", "order-2");
    await worker.stop();
    project.break(false);

    const began = performance.now();
    const left = await runHere(project, ["dead-letters", "retry", "--all", "--yes"]);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(left).toMatchObject({ code: 0, stdout: letters.map(({ id }) => `${id}  to be retried\n`).join("") });
    expect(left.stderr).toContain("No worker runs; it is carried out when one starts");
    // To ask again leaves no more than is there.
    expect(await runHere(project, ["dead-letters", "retry", "--all", "--yes"])).toEqual(left);
    const database = new SqliteDatabase(join(project.folder, "shop.db"));
    expect(database.prepare("SELECT count(*) FROM perdure_requests").pluck().get()).toBe(2);
    database.close();

    await project.start("start");
    await until(
      () => readHere<Listed>(project, "list", "--status", "started"),
      ({ items }) => items.length === 2,
    );
  });

  it("refuses without a terminal what nobody has agreed to, and shows with --dry-run what it would be", async () => {
    const project = new Project();
    await project.start("start");
    const [letter] = await failOrders(project, "order-1");
    const { id } = letter!;
    for (const command of [
      ["discard", id],
      ["retry", "--all"],
    ]) {
      const refused = await runHere(project, ["dead-letters", ...command]);
      expect(refused.code).toBe(4);
      expect(refused.stderr).toContain("Add --yes");
    }
    expect(await runHere(project, ["dead-letters", "discard", "--process", "order-lifecycle", "--dry-run"])).toMatchObject({
      code: 0,
      stdout: `${id}  would be discarded\n`,
    });

    expect((await runHere(project, ["dead-letters", "discard", id, "--reason", "refunded by hand", "--yes"])).code).toBe(0);
    expect((await runHere(project, ["show", "order-lifecycle", "order-1"])).stdout).toContain("because: refunded by hand");
  });

  it("does not know a letter that is none, and wants to be told which", async () => {
    const project = new Project();
    await runHere(project, ["send", "OrderPlaced", "order-1"]);
    expect((await runHere(project, ["dead-letters", "retry", "nix"])).code).toBe(3);
    expect((await runHere(project, ["dead-letters", "show", "nix"])).code).toBe(3);
    expect((await runHere(project, ["dead-letters", "retry"])).code).toBe(2);
  });
});
