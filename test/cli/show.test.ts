import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test as it } from "vitest";
import type { ShownPayload } from "../../src/cli/project/payloads.ts";
import type { Project } from "./perdure.ts";
import { runHere } from "./run-here.ts";
import { fulfil, openShop, place } from "./shop.ts";

const files = {
  "domain/order/processes/order-lifecycle/on-order-placed.ts": `
    export async function handler({ event, commands }) {
      await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, greeting: "welcome" });
      await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, greeting: "a month later", delay: "30d" });
    }`,
  "domain/order/processes/order-lifecycle/on-order-fulfilled.ts": `
    import { NonRetryableError } from "perdure";
    export async function handler() { throw new NonRetryableError("no printer"); }`,
};

const failingCommand = {
  "domain/order/commands/charge-card.ts": `
    import { NonRetryableError } from "perdure";
    export async function handler() { throw new NonRetryableError("declined"); }`,
  "domain/order/processes/order-lifecycle/on-order-placed.ts": `
    export async function handler({ event, commands }) {
      await commands.chargeCard({ aggregateId: event.aggregateId, amount: 12 });
      await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, greeting: "welcome", delay: "1h" });
    }`,
};

async function showPayloads(project: Project): Promise<readonly ShownPayload[]> {
  const { stdout } = await runHere(project, ["show", "order-lifecycle", "order-1", "--payloads", "--json"]);
  return (JSON.parse(stdout) as { readonly payloads: readonly ShownPayload[] }).payloads;
}

describe("perdure show --payloads", () => {
  it("has what each event and command came with, once, and says which are no longer stored", async () => {
    const project = await openShop([place("order-1"), { ...fulfil("order-1"), payload: { by: "Ada" } }], files);
    const [placed, welcome, reminder, fulfilled, failed] = await showPayloads(project);
    expect(placed).toMatchObject({ kind: "event", type: "OrderPlaced", payload: { of: "order-1" } });
    expect(welcome).toEqual({ kind: "command", type: "sendWelcomeEmail", id: welcome!.id });
    expect(reminder).toMatchObject({ kind: "command", payload: { greeting: "a month later" } });
    expect(fulfilled).toMatchObject({ kind: "event", type: "OrderFulfilled", payload: { by: "Ada" } });
    expect(failed).toMatchObject({ kind: "event", type: "OrderLifecycleFailed" });

    const database = new Database(join(project.folder, "shop.db"));
    database.exec("DELETE FROM perdure_events");
    database.close();
    expect((await showPayloads(project)).map((shown) => "payload" in shown)).toEqual([false, false, true, true, false]);
    const { stdout } = await runHere(project, ["show", "order-lifecycle", "order-1", "--payloads"]);
    expect(stdout).toMatch(
      /Payloads\n +TYPE +ID +PAYLOAD\n +OrderPlaced +\S+ +\(no longer stored\)\n[^]* sendWelcomeEmail +\S+ +\{"greeting":"a month later"\}\n/,
    );
  });

  it("has those of a command that has failed, and of what is held back behind it", async () => {
    const project = await openShop([place("order-1")], failingCommand);
    expect((await showPayloads(project)).filter(({ kind }) => kind === "command")).toMatchObject([
      { type: "chargeCard", payload: { amount: 12 } },
      { type: "sendWelcomeEmail", payload: { greeting: "welcome" } },
    ]);
  });

  it("is asked for: without it, no payload is printed", async () => {
    const project = await openShop([place("order-1")]);
    for (const more of [[], ["--json"]])
      expect((await runHere(project, ["show", "order-lifecycle", "order-1", ...more])).stdout).not.toMatch(/payload/i);
  });
});

// Version 0.1.0 recorded what an error had, of whatever kind.
describe("an error that an older version has recorded", () => {
  const recordings: Readonly<Record<string, readonly [recorded: unknown, shown: string]>> = {
    "with a message that is an object": [{ name: "Error", message: { reason: "card" } }, 'Error: {"reason":"card"}'],
    "with a message that is a list": [{ name: "Error", message: ["no", 1] }, 'Error: ["no",1]'],
    "without a message": [{ name: "Error" }, "Error: its message was not recorded"],
    "with a name and a stack of another kind": [{ name: { of: "it" }, message: "no printer", stack: { at: 1 } }, "Error: no printer"],
    "with a code that is an object": [{ name: "Error", message: "no printer", code: {} }, "Error: no printer"],
    "with a cause whose message is an object": [
      { name: "Error", message: "no printer", cause: { message: { a: 1 } } },
      "Error: no printer",
    ],
    "that is no object": ["no printer", "Error: no printer"],
  };

  it.each(Object.keys(recordings))("is shown: %s", async (name) => {
    const [recorded, shown] = recordings[name]!;
    const project = await openShop([place("order-1"), fulfil("order-1")], files);
    const database = new Database(join(project.folder, "shop.db"));
    const text = JSON.stringify(recorded);
    database.prepare("UPDATE perdure_dead_letters SET error = ?").run(text);
    database.prepare("UPDATE perdure_journal SET data = json_set(data, '$.error', json(?)) WHERE data ->> '$.error' IS NOT NULL").run(text);
    const id = database.prepare<[], string>("SELECT dead_letter_id FROM perdure_dead_letters").pluck().get()!;
    database.close();
    for (const args of [
      ["show", "order-lifecycle", "order-1"],
      ["dead-letters", "list"],
      ["dead-letters", "show", id],
    ]) {
      const { code, stdout, stderr } = await runHere(project, args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain(shown);
    }
  });
});
