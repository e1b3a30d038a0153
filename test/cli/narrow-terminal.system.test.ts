import { describe, expect, test as it } from "vitest";
import { widthOf } from "../../src/cli/terminal/text.ts";
import type { Project } from "./perdure.ts";
import { runHere } from "./run-here.ts";
import { openShop, place } from "./shop.ts";

const files = {
  "domain/order/processes/order-lifecycle/on-order-placed.ts": `
    import { NonRetryableError } from "perdure";
    export async function handler({ event, commands }) {
      if (event.aggregateId !== "order-1") throw new NonRetryableError("the mail template for the welcome of new customers is missing");
      await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, delay: "1h" });
    }`,
};

describe("on a narrow terminal", () => {
  it("no line of a table or a journal is wider than it, and ids are whole", async () => {
    const project = await openShop([place("order-1"), place("注文-一二三四五六七八九十")], files);
    // What does not know its columns has 80.
    for (const [columns, width] of [
      [80, 80],
      [72, 72],
      [0, 80],
    ] as const) {
      for (const args of [
        ["list"],
        ["timers"],
        ["dead-letters", "list"],
        ["show", "order-lifecycle", "order-1", "--payloads"],
        ["show", "order-lifecycle", "注文-一二三四五六七八九十"],
        ["stats"],
      ]) {
        const { stdout } = await runHere(project, args, columns);
        expect(
          stdout.split("\n").filter((line) => widthOf(line) > width),
          `${args.join(" ")} on ${columns} columns`,
        ).toEqual([]);
        expect(stdout).not.toMatch(/注文[^ ]*…|order-[^ ]*…/);
      }
    }
    expect((await listIds(project, 80)).toSorted()).toEqual((await listIds(project, undefined)).toSorted());
  });

  it("neither an error nor a letter nor any help is wider than it, and no word of an error is broken", async () => {
    const project = await openShop([place("order-2")], files);
    const [letter = ""] = (await runHere(project, ["dead-letters", "list"])).stdout.match(/[0-9a-f]{8}-[0-9a-f-]{27}/) ?? [];
    const failing = [
      ["show", "nobody"],
      ["send", "OrderPlcaed", "order-1"],
      ["list", "--status", "broken"],
      ["list", "--stauts", "x"],
    ];
    const names = ["start", "send", "list", "show", "dead-letters", "timers", "graph", "export", "restate", "ui", "check", "erase"];
    for (const args of [...failing, ["dead-letters", "show", letter], ["--help"], ...names.map((name) => [name, "--help"])]) {
      const narrow = await runHere(project, args, 80);
      const lines = `${narrow.stdout}${narrow.stderr}`.split("\n");
      // The path of a file is whole, as an id is.
      const tooWide = lines.filter((line) => widthOf(line) > 80 && !/^ +\(?\/[^ ]+$/.test(line));
      expect(tooWide, `${args.join(" ")} on 80 columns`).toEqual([]);
      if (!failing.includes(args)) continue;
      const wide = await runHere(project, args);
      expect(narrow.stderr.replace(/\s+/g, " ")).toBe(wide.stderr.replace(/\s+/g, " "));
    }
  });

  it("a journal goes on below its facts, out of the margin", async () => {
    const project = await openShop([place("order-1")], files);
    const { stdout } = await runHere(project, ["show", "order-lifecycle", "order-1"], 60);
    expect(stdout).toMatch(/ handled +OrderPlaced\n {28}by on-order-placed\n {28}→ sendWelcomeEmail in 1h\n/);
  });
});

async function listIds(project: Project, columns: number | undefined): Promise<readonly string[]> {
  const { stdout } = await runHere(project, ["list"], columns);
  return stdout.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [];
}
