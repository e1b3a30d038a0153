import { fileURLToPath } from "node:url";
import { createProcessSystem, type KnownEvent } from "perdure";

// The domain folder holds the process, its events and its commands. The file is created by the first run.
const system = await createProcessSystem({
  domain: fileURLToPath(new URL("./domain", import.meta.url)),
  store: { type: "sqlite", path: "./orders.db" },
});
await system.start();

// The order of Ada is paid, so it is packed and completes. Nobody pays for Bob's: it times out four seconds after it was placed.
const events: KnownEvent[] = [
  { type: "OrderPlaced", aggregateId: "ada-1", eventId: "ada-1-placed", payload: { customer: "ada@example.com", totalCents: 4_200 } },
  { type: "OrderPlaced", aggregateId: "bob-1", eventId: "bob-1-placed", payload: { customer: "bob@example.com", totalCents: 1_900 } },
  { type: "PaymentReceived", aggregateId: "ada-1", eventId: "ada-1-paid", payload: { reference: "pay-1", amountCents: 4_200 } },
];
for (const event of events) console.log(event.eventId, (await system.dispatch(event)).outcome);

const ada = await system.processes.waitFor({ aggregateId: "ada-1" }, { status: "completed" });
const bob = await system.processes.waitFor({ aggregateId: "bob-1" }, { status: "timed_out" });
console.log(`The order of Ada is ${ada.status}, the order of Bob is ${bob.status}.`);

await system.stop();
