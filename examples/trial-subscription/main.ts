import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createTestSystem } from "perdure/testing";
import { createCommandHandlers } from "./command-handlers.ts";
import { createServices } from "./services/services.ts";

// Two months in less than a second: the system is the real one, and the clock is moved by this program.
const start = Date.parse("2026-01-01T08:00:00Z");
const services = createServices(({ to, subject }) => tell(to, `gets "${subject}"`));
const world = await createTestSystem({
  domain: fileURLToPath(new URL("./domain", import.meta.url)),
  now: start,
  commands: createCommandHandlers(services),
});
const everybody = ["ada", "ben", "cleo", "dan"] as const;
type Who = (typeof everybody)[number];

console.log("Four trials begin. The first column is the day.\n");
for (const who of everybody) {
  await world.dispatch({ type: "TrialStarted", aggregateId: who, eventId: `${who}-started`, payload: { plan: "garden", cents: 900 } });
}

await until(1);
await addCard("ada", "visa");
await addAddress("ada");

await until(2.5);
await addCard("ben", "visa");
tell("ben", "goes on a journey, and pauses");
await world.dispatch({ type: "TrialPaused", aggregateId: "ben" });
showState("ben");
services.cards.isDown = true;
tell("", "the payment provider is down");
await addCard("cleo", "amex");
await addAddress("cleo");

await until(2.6);
showState("cleo");
services.cards.isDown = false;
tell("", "the payment provider is back");

await until(4);
services.cards.empty.add("empty");
await addCard("dan", "empty");
await addAddress("dan");
showState("dan");
tell("", "the program ends as in a crash, and is started again");
await world.restart();

await until(20);
tell("ben", "is back");
await world.dispatch({ type: "TrialResumed", aggregateId: "ben" });
showState("ben");

await until(90);
console.log("\nWhat became of them\n");
for (const who of everybody) {
  const { status, outcome, endedAt } = world.instance(who)!;
  tell(who, outcome ?? status, endedAt?.getTime());
}

assert.deepEqual(services.cards.charges, ["ada visa 900", "cleo amex 900"]);
assert.deepEqual(mailsTo("ada"), ["Your trial of garden has begun", "Welcome to garden, receipt r-1"]);
assert.deepEqual(mailsTo("ben"), [
  "Your trial of garden has begun",
  "garden needs your address",
  "garden needs your address",
  "Your trial of garden is over",
]);
assert.deepEqual(mailsTo("cleo"), ["Your trial of garden has begun", "garden needs your address", "Welcome to garden, receipt r-2"]);
assert.deepEqual(mailsTo("dan"), [
  "Your trial of garden has begun",
  "garden needs your address",
  "garden needs your card",
  "Your card empty was declined",
  "Your card empty was declined",
  "Goodbye: the card empty was declined too often",
]);
assert.deepEqual(
  everybody.map((who) => world.instance(who)?.outcome ?? world.instance(who)?.status),
  ["subscribed", "timed_out", "subscribed", "expired"],
);
await world.stop();
console.log("\nAll went as told.");

async function addCard(who: Who, card: string): Promise<void> {
  tell(who, `gives the card ${card}`);
  await world.dispatch({ type: "CardAdded", aggregateId: who, payload: { card } });
}

async function addAddress(who: Who): Promise<void> {
  tell(who, "gives an address");
  await world.dispatch({ type: "AddressAdded", aggregateId: who });
}

async function until(day: number): Promise<void> {
  await world.advanceTo(start + day * 24 * 60 * 60 * 1000);
}

function showState(who: Who): void {
  tell(who, `stands in ${JSON.stringify(world.instance(who)?.state)}`);
}

function tell(who: string, what: string, at: number = world.clock.now()): void {
  const day = (at - start) / (24 * 60 * 60 * 1000);
  console.log(`  ${day.toFixed(1).padStart(4)}  ${who.padEnd(4)}  ${what}`);
}

function mailsTo(who: Who): readonly string[] {
  return services.mailer.sent.filter(({ to }) => to === who).map(({ subject }) => subject);
}
