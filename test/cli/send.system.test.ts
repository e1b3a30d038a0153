import { describe, expect, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { bin, startProcess } from "../support/os-process.ts";
import { Project } from "./perdure.ts";
import { readHere, runHere } from "./run-here.ts";

const line = (aggregateId: string, more: object = {}) => JSON.stringify({ type: "OrderPlaced", aggregateId, ...more });

type Counts = Readonly<Record<"accepted" | "duplicate" | "unrouted", number>>;

interface Listed {
  readonly items: readonly { readonly aggregateId: string; readonly status: string }[];
}

describe("perdure send", () => {
  it("accepts an event without a worker, says who will handle it, and the next worker does", async () => {
    const project = new Project();
    const sent = await project.run(["send", "OrderPlaced", "order-1", "--payload", '{"email":"ada@example.org"}', "--event-id", "e-1"]);
    expect(sent).toMatchObject({ code: 0, stdout: "accepted: OrderPlaced order-1, eventId e-1\n" });
    expect(sent.stderr).toContain("No worker runs: it is handled when one starts");
    expect(await project.run(["send", "OrderPlaced", "order-1", "--event-id", "e-1"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("duplicate") as string,
    });

    await project.start("start");
    await until(
      () => readHere<Listed>(project, "list"),
      ({ items }) => items[0]?.status === "started",
    );
  });

  it("says that an event concerned nobody, and suggests the name of one that nobody knows", async () => {
    const project = new Project();
    expect(await project.run(["send", "OrderFulfilled", "order-1"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("unrouted") as string,
    });
    const misspelt = await project.run(["send", "OrderPlacd", "order-1"]);
    expect(misspelt).toMatchObject({ code: 3, stdout: "" });
    expect(misspelt.stderr).toContain("did you mean OrderPlaced?");
  });

  it("sends a file, says what it is sent again with, and adds nothing then, also after it was killed in the middle", async () => {
    const project = new Project({ "events.jsonl": Array.from({ length: 20_000 }, (_, at) => line(`order-${at % 15_000}`)).join("\n") });
    const killed = project.open("send", "--file", "events.jsonl");
    const [, prefix = ""] = /--id-prefix (\S+)\.$/.exec(await killed.line("stderr")) ?? [];
    await until(
      () => readHere<{ readonly lag: { readonly accepted: number } }>(project, "stats").catch(() => ({ lag: { accepted: 0 } })),
      ({ lag }) => lag.accepted > 0,
    );
    await killed.stop("SIGKILL");

    const rest = await project.json<Counts>("send", "--file", "events.jsonl", "--id-prefix", prefix);
    expect(rest.accepted + rest.duplicate).toBe(20_000);
    expect(rest.duplicate).toBeGreaterThan(0);
    expect(await readHere(project, "stats")).toMatchObject({ lag: { accepted: 20_000 } });
    expect(await project.json("send", "--file", "events.jsonl", "--id-prefix", prefix)).toEqual({
      accepted: 0,
      kept: 0,
      duplicate: 20_000,
      unrouted: 0,
    });
  });

  it("reads the standard input, and takes two lines that say the same for two events", async () => {
    const { code, stdout } = await new Project().run(["send", "--file", "-"], { input: `${line("order-1")}\n\n${line("order-1")}\n` });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "2 accepted, 0 duplicate, 0 unrouted\n" });
  });

  it("names the first bad line, says up to which line all was sent and how to go on, and goes on once it is corrected", async () => {
    const project = new Project();
    const good = Array.from({ length: 510 }, (_, at) => line(`order-${at}`));
    const send = (lines: readonly string[], ...more: readonly string[]) =>
      project.run(["send", "--file", "-", ...more], { input: lines.join("\n") });
    const noJson = await send([...good, "{"]);
    expect(noJson.code).toBe(2);
    expect(noJson.stderr).toMatch(/line 511: it is not JSON.*\n.*All lines up to 500 were sent, and none after them/);
    const [, prefix = ""] = /--id-prefix ([^:\s]+): what was accepted counts once/.exec(noJson.stderr) ?? [];
    const noEvent = await send([...good, '{"type":"OrderPlaced"}'], "--id-prefix", prefix);
    expect(noEvent.stderr).toMatch(/line 511: its aggregateId is missing.*\n.*with the same --id-prefix/);
    expect((await send(good, "--id-prefix", prefix)).stdout).toBe("10 accepted, 500 duplicate, 0 unrouted\n");
  });

  it("reads what is no plain file, and says what cannot be read", async () => {
    const project = new Project({ "events.jsonl": line("order-1") });
    expect(await project.run(["send", "--file", "domain"])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("there is no file domain") as string,
    });
    const { folder: cwd } = project;
    const piped = startProcess("bash", ["-c", `exec "${process.execPath}" "${bin}" send --file <(cat events.jsonl)`], { cwd });
    expect(await piped.ended).toMatchObject({ code: 0, stdout: "1 accepted, 0 duplicate, 0 unrouted\n" });
  });

  it("refuses a number that would be rounded, an import without a name, and what says something of one event beside a file", async () => {
    const project = new Project({ "events.jsonl": line("order-1") });
    for (const [args, message] of [
      [
        ["OrderPlaced", "o-1", "--payload", '{"id":616581622363398142}'],
        /has the number 616581622363398142, which would become 616581622363398100/,
      ],
      [["--file", "events.jsonl", "--id-prefix", " "], /It has to name this import/],
      [["--file", "events.jsonl", "--event-id", "e-1"], /leave out the options about one event/],
      [["OrderPlaced", "o-1", "--id-prefix", "p"], /--id-prefix is for a --file/],
    ] as const) {
      const { code, stderr } = await runHere(project, ["send", ...args]);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) as string });
    }
    expect(project.has("shop.db")).toBe(false);
  });
});
