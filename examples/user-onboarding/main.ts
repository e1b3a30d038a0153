import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createTestSystem } from "perdure/testing";
import { createApp } from "./app.ts";
import { createCommandHandlers } from "./command-handlers.ts";
import { createServices } from "./services/services.ts";

// Two weeks in less than a second: the system is the real one, and the clock is moved by this program.
const start = Date.parse("2026-01-01T08:00:00Z");
const services = createServices(({ to, subject }) => tell(nameOf(to), `gets "${subject}"`));
const world = await createTestSystem({
  domain: fileURLToPath(new URL("./domain", import.meta.url)),
  now: start,
  commands: createCommandHandlers(services),
  // What command handlers say is told; what the system itself says is of no user.
  logger: {
    info: (text, { user } = {}) => {
      if (typeof user === "string") tell(user, text);
    },
  },
});
const app = createApp(services.users, world.dispatch);

console.log("Four users sign up. The first column is the day.\n");
for (const name of ["ada", "ben", "cleo", "dan"]) await app.signUp(name, `${name}@example.com`);

await until(0.1);
tell("ada", "confirms her address and creates a project");
await app.confirmEmail("ada");
await app.createProject("ada", "garden");

await until(0.9);
tell("dan", "cannot be reached: his mail server is down");
services.mailer.unreachable.add("dan@example.com");

await until(2);
tell("ben", "confirms his address");
await app.confirmEmail("ben");
tell("dan", "confirms his address");
await app.confirmEmail("dan");

await until(2.5);
services.mailer.unreachable.clear();
for (const { id, aggregateId, handler, error } of world.deadLetters()) {
  tell(aggregateId, `${handler} is a dead letter: ${error.message}. Support retries it`);
  await world.system.deadLetters.retry(id);
}
await world.settle();

await until(3.5);
tell("", "the program ends as in a crash, and is started again");
await world.restart();
tell("dan", "creates a project");
await app.createProject("dan", "kitchen");

await until(5);
tell("ben", "creates a project");
await app.createProject("ben", "attic");

await until(30);
console.log("\nWhat became of them\n");
for (const { aggregateId, status, endedAt } of (await world.system.processes.find()).toReversed()) {
  tell(aggregateId, status, endedAt?.getTime());
}

assert.deepEqual(mailsTo("ada"), ["Welcome", "You are all set"]);
assert.deepEqual(mailsTo("ben"), [
  "Welcome",
  "Please confirm your address (1)",
  "Shall we help with your first project?",
  "You are all set",
]);
assert.deepEqual(mailsTo("cleo"), ["Welcome", "Please confirm your address (1)", "Please confirm your address (2)", "What was missing?"]);
assert.deepEqual(mailsTo("dan"), ["Welcome", "You are all set"]);
assert.match(services.desk.notes.join("\n"), /^dan: the server of dan@example.com does not answer \(dead letter .+\)$/);
assert.deepEqual(
  ["ada", "ben", "cleo", "dan"].map((name) => world.instance(name)?.status),
  ["completed", "completed", "timed_out", "completed"],
);
await world.stop();
console.log("\nAll went as told.");

async function until(day: number): Promise<void> {
  await world.advanceTo(start + day * 24 * 60 * 60 * 1000);
}

function tell(who: string, what: string, at: number = world.clock.now()): void {
  const day = (at - start) / (24 * 60 * 60 * 1000);
  console.log(`  ${day.toFixed(1).padStart(4)}  ${who.padEnd(4)}  ${what}`);
}

function mailsTo(name: string): readonly string[] {
  return services.mailer.sent.filter(({ to }) => nameOf(to) === name).map(({ subject }) => subject);
}

function nameOf(address: string): string {
  return address.slice(0, address.indexOf("@"));
}
