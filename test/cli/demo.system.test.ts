import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { bin, startNode } from "../support/os-process.ts";
import { until } from "../support/patience.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

interface Overview {
  readonly accepted: number;
  readonly deadLetters: number;
  readonly counts: Readonly<Record<string, Readonly<Record<"started" | "completed", number>>>>;
}

test("perdure ui --demo shows a shop that goes on, with dead letters, from a folder without a project, and leaves no file", async () => {
  const [folder, tmp] = [createTemporaryFolder(), createTemporaryFolder()];
  const demo = startNode([bin, "ui", "--demo"], { cwd: folder, env: { TMPDIR: tmp } });
  const url = new URL(await demo.line());
  const entered = await fetch(url, { redirect: "manual" });
  const cookie = entered.headers.get("set-cookie")!.split(";")[0]!;
  const read = async () => (await (await fetch(`${url.origin}/api/overview`, { headers: { cookie } })).json()) as Overview;

  const first = await until(read, ({ deadLetters }) => deadLetters > 0);
  expect(Object.keys(first.counts)).toEqual(["order/fulfilment", "refund/refund"]);
  expect(first.counts["order/fulfilment"]!.started).toBeGreaterThan(20);
  await until(read, ({ accepted }) => accepted > first.accepted);
  expect(readdirSync(tmp)).toHaveLength(1);

  expect((await demo.stop("SIGINT")).code).toBe(0);
  expect([readdirSync(tmp), readdirSync(folder)]).toEqual([[], []]);
});
