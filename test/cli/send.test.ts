import { describe, expect, test as it } from "vitest";
import { Project, until } from "./perdure.ts";

const line = (aggregateId: string, more: object = {}) => JSON.stringify({ type: "OrderPlaced", aggregateId, ...more });

interface Listed {
  readonly items: readonly { readonly aggregateId: string; readonly status: string }[];
}

describe("perdure send", () => {
  it("accepts an event without a worker, says who will handle it, and the next worker does", async () => {
    const project = new Project();
    const sent = await project.run(["send", "OrderPlaced", "order-1", "--payload", '{"email":"ada@example.org"}', "--event-id", "e-1"]);
    expect(sent).toMatchObject({ code: 0, stdout: "accepted: OrderPlaced order-1, eventId e-1\n" });
    expect(sent.stderr).toContain("No worker runs: it is handled when one starts");
    expect(await project.run(["send", "OrderPlaced", "order-1", "--event-id", "e-1"])).toMatchObject({ code: 0, stdout: expect.stringContaining("duplicate") as string });

    await project.start("start");
    await until(() => project.json<Listed>("list"), ({ items }) => items[0]?.status === "started");
  });

  it("says that an event concerned nobody, and suggests the name of one that nobody knows", async () => {
    const project = new Project();
    expect(await project.run(["send", "OrderFulfilled", "order-1"])).toMatchObject({ code: 0, stdout: expect.stringContaining("unrouted") as string });
    const misspelt = await project.run(["send", "OrderPlacd", "order-1"]);
    expect(misspelt).toMatchObject({ code: 3, stdout: "" });
    expect(misspelt.stderr).toContain("did you mean OrderPlaced?");
  });

  it("sends a file in batches, and adds nothing when it is sent again", async () => {
    const project = new Project({ "events.jsonl": Array.from({ length: 1_200 }, (_, at) => line(`order-${at}`)).join("\n") });
    expect(await project.json("send", "--file", "events.jsonl")).toEqual({ accepted: 1_200, duplicate: 0, unrouted: 0 });
    expect(await project.json("send", "--file", "events.jsonl")).toEqual({ accepted: 0, duplicate: 1_200, unrouted: 0 });
  });

  it("reads the standard input, and takes two lines that say the same for two events", async () => {
    const { code, stdout } = await new Project().run(["send", "--file", "-"], { input: `${line("order-1")}\n\n${line("order-1")}\n` });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "2 accepted, 0 duplicate, 0 unrouted\n" });
  });

  it("names the first bad line, accepts nothing of its batch, and goes on once it is corrected", async () => {
    const project = new Project();
    const good = Array.from({ length: 510 }, (_, at) => line(`order-${at}`));
    const noJson = await project.run(["send", "--file", "-"], { input: [...good, "{"].join("\n") });
    expect(noJson.code).toBe(2);
    expect(noJson.stderr).toMatch(/line 511: it is no JSON.*\n.*The first 500 events were sent, and nothing of this batch/);
    const noEvent = await project.run(["send", "--file", "-"], { input: [...good, '{"type":"OrderPlaced"}'].join("\n") });
    expect(noEvent.stderr).toContain("line 511: (OrderPlaced): its aggregateId is missing");
    const corrected = await project.run(["send", "--file", "-"], { input: good.join("\n") });
    expect(corrected.stdout).toBe("10 accepted, 500 duplicate, 0 unrouted\n");
  });
});
