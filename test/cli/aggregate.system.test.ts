import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { Project } from "./perdure.ts";
import { fulfil, openShop, place } from "./shop.ts";
import { readHere, runHere } from "./run-here.ts";

const SECRET = "ada-lovelace-1815";

interface Listed {
  readonly items: readonly { readonly status: string }[];
}

const placed = (id: string) => ({ type: "OrderPlaced", aggregateId: id, payload: { email: SECRET } });

async function waitForOrders(project: Project, count: number): Promise<void> {
  await until(
    () => readHere<Listed>(project, "list"),
    ({ items }) => items.length === count,
  );
}

describe("perdure erase", () => {
  it("beside a worker erases an aggregate that has ended, when it is agreed to, and leaves nothing in the file", async () => {
    const project = await openShop([placed("order-1"), fulfil("order-1")]);
    const worker = await project.start("start");
    const hindered = await runHere(project, ["erase", "order-1", "--yes"]);
    expect(hindered.code).toBe(4);
    expect(hindered.stderr).toMatch(/"order-1" cannot be erased, .*: command .* \(sendWelcomeEmail\) is still to be done/);
    await runHere(project, ["scheduled", "cancel", "--aggregate", "order-1", "--yes"]);

    expect((await runHere(project, ["erase", "order-1"])).code).toBe(4);
    const planned = await runHere(project, ["erase", "order-1", "--dry-run"]);
    expect(planned.stdout).toMatch(
      /^This would erase what is kept of 0 instances, with 0 entries of the journal, 1 event and 0 dead letters\.$/m,
    );
    expect((await runHere(project, ["show", "order-lifecycle", "order-1", "--payloads"])).stdout).toContain(SECRET);
    const erased = await runHere(project, ["erase", "order-1", "--yes", "--vacuum", "--json"]);
    expect(JSON.parse(erased.stdout)).toMatchObject({ events: 1, remains: { log: false, freePages: false } });
    expect((await runHere(project, ["show", "order-lifecycle", "order-1", "--payloads"])).stdout).not.toContain(SECRET);

    // The worker goes on.
    await runHere(project, ["send", "OrderPlaced", "order-2"]);
    await waitForOrders(project, 2);
    await worker.stop();
    expect(readFileSync(join(project.folder, "shop.db")).includes(SECRET)).toBe(false);
  });

  it("says when nothing is kept of an aggregate", async () => {
    const project = new Project();
    await runHere(project, ["send", "OrderPlaced", "order-1"]);
    const { code, stderr } = await runHere(project, ["erase", "order-x", "--yes"]);
    expect([code, stderr]).toEqual([3, expect.stringContaining('nothing is kept of "order-x"')]);
    expect((await runHere(project, ["erase", "order-1", "--process", "order-life", "--yes"])).code).toBe(3);
  });
});

describe("perdure export --aggregate", () => {
  it("writes all that is kept of an aggregate as lines of JSON, beside a worker too", async () => {
    const project = await openShop([placed("order-1"), place("order-2")]);
    const worker = await project.start("start");
    const { code, stdout } = await runHere(project, ["export", "--aggregate", "order-1"]);
    await worker.stop();
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    expect(lines[0]).toMatchObject({ perdure: "aggregate", format: 1, aggregateId: "order-1" });
    expect(lines.at(-1)).toEqual({ end: true, lines: lines.length - 2 });
    expect(lines.slice(1, -1).map(({ kind, what = "", of = "" }) => `${String(kind)} ${String(what)}${String(of)}`.trim())).toEqual([
      "instance",
      "journal started",
      "journal handled",
      "event",
      "command",
      "timer command",
      "timer timeout",
    ]);
    expect(lines.find(({ kind }) => kind === "event")).toMatchObject({ type: "OrderPlaced", payload: { email: SECRET } });
    expect(stdout).not.toContain("order-2");

    const file = join(project.folder, "order-1.jsonl");
    await runHere(project, ["export", "--aggregate", "order-1", "--process", "order-lifecycle", "--out", file]);
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(lines.length + 1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await runHere(project, ["export", "--aggregate", "order-1", "--out", file])).code).toBe(4);
    expect((await runHere(project, ["export", "--aggregate", "order-3"])).code).toBe(3);
    expect((await runHere(project, ["export", "--aggregate", "order-1", "--ended"])).code).toBe(2);
  });
});

describe("perdure backup", () => {
  const openCopy = (path: string) => new SqliteDatabase(path, { readonly: true });

  it("beside a worker makes a checked copy that can take the store's place", async () => {
    const project = await openShop([placed("order-1"), fulfil("order-1")]);
    const worker = await project.start("start");
    const file = join(project.folder, "backup.db");
    const { code, stdout } = await runHere(project, ["backup", file]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^backup\.db: .*, \d+ rows in \d+ tables, version \d+, checked\.$/m)]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const copy = openCopy(file);
    expect(copy.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(copy.prepare("SELECT status FROM perdure_instances").all()).toEqual([{ status: "completed" }]);
    copy.close();
    await runHere(project, ["send", "OrderPlaced", "order-2"]);
    await waitForOrders(project, 2);
    await worker.stop();

    const other = new Project({ "perdure.config.js": projectWith(file) });
    expect((await readHere<Listed>(other, "list")).items).toHaveLength(1);
  });

  it("leaves a file that is there alone, unless it is told to replace it, and never the store or a file with a log", async () => {
    const project = new Project();
    await runHere(project, ["send", "OrderPlaced", "order-1"]);
    const file = join(project.folder, "backup.db");
    writeFileSync(file, "mine");
    const refused = await runHere(project, ["backup", file]);
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("there is a file")]);
    expect(readFileSync(file, "utf8")).toBe("mine");
    writeFileSync(`${file}-wal`, "");
    expect((await runHere(project, ["backup", file, "--force"])).code).toBe(4);
    const other = join(project.folder, "other.db");
    writeFileSync(other, "mine");
    expect((await readHere<{ readonly rows: Readonly<Record<string, number>> }>(project, "backup", other, "--force")).rows).toMatchObject({
      perdure_events: 1,
    });
    for (const path of ["shop.db", "shop.db-wal"]) expect((await runHere(project, ["backup", path, "--force"])).code).toBe(4);
    expect((await runHere(project, ["backup", "."])).code).toBe(4);
    expect((await runHere(project, ["stats"])).stdout).toContain("1 accepted");
  });

  it("leaves nothing behind when the store is damaged", async () => {
    const project = await openShop(Array.from({ length: 40 }, (_, order) => placed(`order-${order}`)));
    const path = join(project.folder, "shop.db");
    const bytes = readFileSync(path);
    // The pages behind the first few hold rows.
    bytes.fill(0x5a, 4_096 * 4);
    writeFileSync(path, bytes);
    const { code, stderr } = await runHere(project, ["backup", "backup.db"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("the database is damaged")]);
    expect(readdirSync(project.folder).filter((name) => name.startsWith("backup"))).toEqual([]);
    expect(existsSync(path)).toBe(true);
  });
});

function projectWith(path: string): string {
  return `export default { domain: "./domain", store: { path: ${JSON.stringify(path)} } };`;
}
