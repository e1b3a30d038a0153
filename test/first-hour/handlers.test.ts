import { describe, expect, test as it } from "vitest";
import { Project } from "../cli/perdure.ts";
import { runHere } from "../cli/run-here.ts";
import { place, work } from "../cli/shop.ts";
import { silentLogger } from "../support/silent-logger.ts";

const file = "domain/order/processes/order-lifecycle/on-order-placed.js";
const throwing = (thrown: string) => `export async function handler() { throw ${thrown}; }`;
const about = 'process "order/order-lifecycle", aggregate "o-1", on-order-placed';

/** What `perdure dead-letters show` says of a handler that fails for good, and what the list has in a line. */
async function fail(handler: string): Promise<{ readonly shown: string; readonly listed: string }> {
  const project = new Project({ [file]: handler });
  await work(project, [place("o-1")], { processes: { retry: { retryStrategy: "none" }, handlerTimeout: 50 }, logger: silentLogger });
  const { stdout: listed } = await runHere(project, ["dead-letters", "list"]);
  const [id = ""] = listed.match(/[0-9a-f]{8}-[0-9a-f-]{27}/) ?? [];
  const { stdout: shown } = await runHere(project, ["dead-letters", "show", id]);
  return { shown, listed };
}

describe("a dead letter names the thing, the place and the way out, of mistake", () => {
  it.each<[string, string, string, string]>([
    [
      "8: a command that nothing handles",
      "export async function handler({ event, commands }) { await commands.sendWelcomeMail({ aggregateId: event.aggregateId }); }",
      `${about}: command "sendWelcomeMail" is handled by nothing; did you mean sendWelcomeEmail?`,
      "Add a file under commands/ or an entry in the commands option.",
    ],
    [
      "10: a delay that is none",
      `export async function handler({ event, commands }) { await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, delay: "1 fortnight" }); }`,
      `${about}: command "sendWelcomeEmail": delay: "1 fortnight" is not a duration`,
      "a number with one of the units ms, s, m, h, d, w",
    ],
    [
      "20: a handler that never settles",
      "export async function handler() { await new Promise(() => {}); }",
      `${about} did not settle within 50 ms`,
      "Pass `signal` on to what the handler waits for, or raise processes.handlerTimeout.",
    ],
  ])("%s", async (_, handler, says, wayOut) => {
    const { shown, listed } = await fail(handler);
    expect(shown).toContain(`ProcessError: ${says}`);
    expect(shown).toContain(wayOut);
    // In the list it is what is wrong, without the way out.
    expect(listed).toContain(`ProcessError: ${says}\n`);
  });
});

describe("a dead letter says that what was thrown is no error, and what it is, of mistake", () => {
  it.each([
    ["18: a text", '"plain text"', "Thrown string: plain text"],
    ["18: nothing", "undefined", "Thrown undefined: undefined"],
    ["18: null", "null", "Thrown null: null"],
    ["18: an object", "{ code: 42 }", 'Thrown object: {"code":42}'],
    ["18: a Map", "new Map()", "Thrown Map: [Map]"],
  ])("%s", async (_, thrown, says) => {
    const { shown, listed } = await fail(throwing(thrown));
    expect(shown).toMatch(/\nError\n/);
    expect(shown).toContain(`  ${says}\n`);
    expect(listed).toContain(`${says}\n`);
  });
});
