import { join } from "node:path";
import { createProcessSystem } from "perdure";
import { describe, expect, test as it } from "vitest";
import { Project } from "./perdure.ts";
import { runHere } from "./run-here.ts";

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => String.fromCharCode(from + at)).join("");
const acted = `${range(0x00, 0x1f)}${range(0x7f, 0x9f)}\u061C\u200E\u200F${range(0x2028, 0x202e)}${range(0x2066, 0x2069)}`;
const hostile = `a${acted}\u001B]0;pwned\u0007\u001B[2J\nforged: line\nb`;
const anyActed = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/u;

/** A project with hostile data wherever data can come from: an id, a type, a payload, an error and its name, a reason. */
async function openHostileShop(): Promise<{ readonly project: Project; readonly letterId: string; readonly processId: string }> {
  const project = new Project({
    "domain/order/processes/order-lifecycle/context.ts": `
      const validate = (value) => ({ value: { text: "", keys: {}, ...value } });
      export const context = { "~standard": { version: 1, vendor: "test", validate } };`,
    "domain/order/processes/order-lifecycle/on-order-placed.ts": `
      export async function handler({ event, commands }) {
        await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, text: event.payload.text, delay: "1h" });
        if (!event.payload.fails) return { text: event.payload.text, keys: { [event.payload.text]: "\\uD800" } };
        if (event.payload.fails) throw Object.assign(new TypeError(event.payload.text + "\\uD800"), { name: event.payload.text });
      }`,
  });
  const system = await createProcessSystem({
    domain: join(project.folder, "domain"),
    store: { path: join(project.folder, "shop.db") },
    processes: { retry: { retryStrategy: "none" } },
    commands: { sendWelcomeEmail: () => {} },
  });
  await system.start();
  const place = (aggregateId: string, fails: boolean) =>
    system.dispatch({ type: "OrderPlaced", aggregateId, payload: { text: hostile, fails }, correlationId: hostile });
  await place(hostile, false);
  for (const id of ["failed", "discarded"]) await place(id + hostile, true);
  await system.whenIdle();
  await system.dispatch({ type: "OrderFulfilled", aggregateId: `failed${hostile}`, eventId: hostile });
  const [failed, discarded] = await system.deadLetters.list();
  await system.deadLetters.discard(discarded!.id, { reason: hostile });
  await system.stop();
  return { project, letterId: failed!.id, processId: failed!.processId };
}

describe("data that a terminal would act on", () => {
  it("is only shown by each command, in a pipe and on a terminal", async () => {
    const { project, letterId, processId } = await openHostileShop();
    const commands: readonly (readonly string[])[] = [
      ["list"],
      ["list", "--json"],
      ["show", processId],
      ["show", processId, "--payloads"],
      ["show", processId, "--payloads", "--json"],
      ["show", processId, "--svg"],
      ["show", "order-lifecycle", hostile],
      ["show", "order-lifecycle", `discarded${hostile}`, "--payloads"],
      ["timers"],
      ["timers", "--json"],
      ["dead-letters", "list"],
      ["dead-letters", "list", "--status", "any", "--json"],
      ["dead-letters", "show", letterId],
      ["dead-letters", "show", letterId, "--json"],
      ["dead-letters", "show", letterId, "--verbose"],
      ["dead-letters", "retry", letterId, hostile, "--dry-run"],
      ["dead-letters", "discard", letterId],
      ["stats"],
      ["send", "OrderPlaced", hostile, "--event-id", hostile, "--payload", JSON.stringify({ text: hostile })],
      ["send", hostile, "order-1"],
      ["send", "--file", hostile],
      ["check"],
      ["doctor"],
      ["graph", "order-lifecycle"],
      ["graph", hostile],
      // What is refused names what was given.
      ["list", "--process", hostile],
      ["list", "--status", hostile],
      ["list", "--config", hostile],
      ["show", hostile],
      ["show", "order-lifecycle", hostile + hostile],
      [hostile],
      [`--${hostile}`],
      ["send", "OrderPlaced", "o-1", "--payload", hostile],
    ];
    const problems: unknown[] = [];
    for (const args of commands) {
      for (const columns of [undefined, 80]) {
        const { stdout, stderr } = await runHere(project, args, columns);
        // A line that is written over is our own.
        const shown = `${stdout}${stderr}`.replaceAll("\r\u001B[K", "");
        if (shown === "" || /^forged/m.test(shown) || anyActed.test(shown.replace(/[\n\t]/g, "")))
          problems.push({ args: args.map((arg) => JSON.stringify(arg)), columns, stdout, stderr });
      }
    }
    expect(problems).toEqual([]);
  });

  it("comes back from JSON as it was", async () => {
    const { project, processId, letterId } = await openHostileShop();
    const read = async (...args: readonly string[]) => JSON.parse((await runHere(project, [...args, "--json"])).stdout) as unknown;
    expect(await read("show", processId, "--payloads")).toMatchObject({
      instance: { aggregateId: `failed${hostile}` },
      payloads: [{ payload: { text: hostile } }, {}, { id: hostile, type: "OrderFulfilled" }],
    });
    expect(await read("dead-letters", "show", letterId)).toMatchObject({ event: { payload: { text: hostile } } });
  });
});
