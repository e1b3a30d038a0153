import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommittedStep, createProcessSystem, type Status } from "perdure";
import { createCommandHandlers } from "./command-handlers.ts";
import type { Order } from "./services/orders.ts";
import { createServices } from "./services/services.ts";
import { createShop } from "./shop.ts";

const folder = mkdtempSync(join(tmpdir(), "perdure-checkout-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const services = createServices();
const system = await createProcessSystem({
  domain: fileURLToPath(new URL("./domain", import.meta.url)),
  commands: createCommandHandlers(services),
  store: { path: join(folder, "shop.db") },
  processes: { retry: { maxRetries: 2, initialDelay: "100ms" } },
  // The story tells by itself what fails.
  logger: {
    warn: (message, { attempt } = {}) => {
      if (attempt === undefined) console.warn(message);
    },
    error: (message, { deadLetterId } = {}) => {
      if (deadLetterId === undefined) console.error(message);
    },
  },
});
system.processes.subscribe(tellStep);
await system.start();
const shop = createShop(services, system.dispatch);

const lamp = { lines: [{ sku: "lamp", quantity: 1 }], totalCents: 4_200, card: "good", country: "here" };

scene("1  An order without trouble");
await shop.placeOrder({ ...lamp, id: "o-1" });
await until("o-1", "completed", ["stock reserved", "payment authorized", "handed to the carrier", "shipped", "confirmed"]);

scene("2  There are not enough vases: nothing has to be undone");
await shop.placeOrder({ ...lamp, id: "o-2", lines: [{ sku: "vase", quantity: 2 }] });
await until("o-2", "completed", ["cancelled"]);

scene("3  The card is declined: the stock is released");
await shop.placeOrder({ ...lamp, id: "o-3", card: "empty" });
await until("o-3", "completed", ["stock reserved", "payment declined", "stock released", "cancelled"]);

scene("4  The carrier refuses: the payment is voided, then the stock released");
await shop.placeOrder({ ...lamp, id: "o-4", country: "elsewhere" });
await until("o-4", "completed", ["stock reserved", "payment authorized", "payment voided", "stock released", "cancelled"]);

scene("5  The customer does not consent within 15 minutes, of which all but a few seconds are over");
await shop.placeOrder({ ...lamp, id: "o-5", card: "careful" }, new Date(Date.now() - 15 * 60_000 + 4_000));
await until("o-5", "timed_out", ["stock reserved", "payment pending", "payment voided", "stock released", "cancelled"]);
assert.equal(await shop.consent("o-5"), false);
console.log("  a consent that comes now is refused by the payment provider");

scene("6  The payment provider does not answer: all is undone, and a person is told");
await shop.placeOrder({ ...lamp, id: "o-6", card: "unreachable" });
await until("o-6", "failed", ["stock reserved", "stock released", "cancelled"]);
await retry("o-6");
await until("o-6", "completed", ["stock reserved", "stock released", "cancelled"]);
console.log("  the retry found the order cancelled, and did nothing");

scene("7  The carrier does not answer: nothing is undone, a person is told and retries");
services.carrier.isDown = true;
await shop.placeOrder({ ...lamp, id: "o-7" });
await until("o-7", "failed", ["stock reserved", "payment authorized"]);
services.carrier.isDown = false;
await retry("o-7");
await until("o-7", "completed", ["stock reserved", "payment authorized", "handed to the carrier", "shipped", "confirmed"]);

await system.stop();
assert.deepEqual(services.desk.notes, ["o-6: the payment provider does not answer", "o-7: the carrier does not answer"]);
assert.deepEqual({ lamps: services.stock.left("lamp"), vases: services.stock.left("vase") }, { lamps: 8, vases: 1 });
console.log("\nTwo lamps are on their way, everything else is back in stock. All went as told.");

function scene(title: string): void {
  console.log(`\n${title}`);
}

/** Waits for the status, then for the commands that are left, and compares what was done to the world with what is meant to be. */
async function until(aggregateId: Order["id"], status: Status, done: readonly string[]): Promise<void> {
  await system.processes.waitFor({ process: "order/checkout", aggregateId }, { status, timeout: "10s" });
  await system.whenIdle();
  const seen = services.ledger.filter((what) => what.startsWith(`${aggregateId} `)).map((what) => what.slice(aggregateId.length + 1));
  assert.deepEqual(seen, done);
  const [instance] = await system.processes.find({ process: "order/checkout", aggregateId, limit: 1 });
  // An order that was completed was either confirmed or cancelled, and the outcome says so as the shop's own data does.
  if (status === "completed") assert.equal(instance?.outcome, seen.at(-1));
  console.log(`  ${instance?.outcome ?? status}: ${seen.join(", ")}`);
}

async function retry(aggregateId: Order["id"]): Promise<void> {
  for (const { id, handler } of await system.deadLetters.list({ aggregateId })) {
    console.log(`  the dead letter of ${handler} is retried`);
    await system.deadLetters.retry(id);
  }
}

/** What the process coordinates, and below it what its commands answer. */
function tellStep({ kind, event, command, commands = [], events = [], error }: CommittedStep): void {
  const names = (list: readonly { readonly type: string }[]) => list.map(({ type }) => type).join(", ");
  if (event !== undefined && commands.length > 0) console.log(`  ${event.type} → ${names(commands)}`);
  if (kind === "command_handled") console.log(`    ${command?.type}${events.length > 0 ? ` → ${names(events)}` : ""}`);
  if (kind === "command_attempt_failed") console.log(`    ${command?.type}: ${error?.message}; once more`);
  if (kind === "command_failed") console.log(`    ${command?.type}: ${error?.message}; out of attempts`);
}
