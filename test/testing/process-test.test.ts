import { fileURLToPath } from "node:url";
import { defineProcess, type HandlerArgs } from "perdure";
import { testProcess } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const example = fileURLToPath(new URL("../../examples/order-lifecycle/domain/order/processes/order-lifecycle", import.meta.url));

const placed = { type: "OrderPlaced", payload: { customer: "ada@example.com", totalCents: 4_200 } };
const paid = { type: "PaymentReceived", payload: { reference: "pay-1", amountCents: 4_200 } };

const renewal = testProcess(
  defineProcess({
    aggregate: "order",
    name: "renewal",
    startedBy: ["SubscriptionStarted"],
    completedBy: ["SubscriptionEnded"],
    timeout: "30d",
    on: {
      SubscriptionStarted: async ({ event, commands }: HandlerArgs<{ trial?: boolean }>) => {
        await commands.sendInvoice!({ aggregateId: event.aggregateId, ...(event.payload.trial === true && { delay: "14d" }) });
        await commands.sendWelcome!({ aggregateId: "somebody", text: "hello" });
      },
      PaymentFailed: () => {
        throw new Error("no such customer");
      },
    },
    onTimedOut: async ({ event, commands }) => {
      await commands.renew!({ aggregateId: event.aggregateId });
    },
  }),
);

/** What a test that is wrong says. */
async function messageOf(run: Promise<void>): Promise<string> {
  return run.then(
    () => "passed",
    (error: Error) => error.message,
  );
}

describe("testProcess", () => {
  it("tests a folder: given what has happened, when an event comes, then commands, status and timers", async () => {
    const order = testProcess(example);
    await order.when(placed).then({
      status: "started",
      commands: [{ type: "sendWelcomeEmail", delay: "1s", payload: {}, aggregateId: "aggregate-1" }],
      timers: [
        { kind: "command", command: "sendWelcomeEmail", in: "1s" },
        { kind: "timeout", in: "4s" },
      ],
    });
    await order
      .given(placed, "0.5s")
      .when(paid)
      .then({ status: "started", commands: [{ type: "packOrder", delay: "500ms" }] });
    await order
      .given(placed, paid)
      .when({ type: "OrderFulfilled", payload: { trackingNumber: "t-1" } })
      .then({
        status: "completed",
        commands: [{ type: "sendShippingNotice", payload: { trackingNumber: "t-1" } }],
      });
  });

  it("tests what time brings, and an event of nobody", async () => {
    await testProcess(example)
      .given(placed)
      .when("4s")
      .then({ status: "timed_out", commands: ["cancelOrder"], timers: [] });
    await testProcess(example).when(paid).then({ status: "none", commands: [], timers: [] });
  });

  it("tests a definition, with the commands in the order of their dispatch", async () => {
    await renewal.when({ type: "SubscriptionStarted", payload: { trial: true } }).then({
      commands: [
        { type: "sendInvoice", delay: "14d" },
        { type: "sendWelcome", aggregateId: "somebody", payload: { text: "hello" }, delay: 0 },
      ],
      timers: [
        { kind: "command", command: "sendInvoice", at: new Date("2026-01-15T00:00:00Z") },
        { kind: "timeout", in: "30d" },
      ],
    });
    await renewal
      .given({ type: "SubscriptionStarted" }, "29d")
      .when("1d")
      .then({ status: "timed_out", commands: ["renew"] });
  });

  it("tests what fails", async () => {
    const failing = () => renewal.given({ type: "SubscriptionStarted" }).when({ type: "PaymentFailed" });
    await failing().then({ status: "failed", commands: [] });
    await failing().then({ failure: "no such customer" });
    const pattern = /on-payment-failed: Error: no such/g;
    await failing().then({ failure: pattern });
    await failing().then({ failure: pattern });
    expect(await messageOf(failing().then({ commands: [] }))).toContain(
      "failure\n    expected  none\n    actual    on-payment-failed: Error: no such customer",
    );
    expect(await messageOf(failing().then({ failure: "out of money" }))).toContain("expected  out of money");
  });

  it("says what was given, what was expected and what came of it, as a person reads it", async () => {
    const message = await messageOf(
      renewal
        .given({ type: "SubscriptionStarted", payload: { trial: true } }, "2d")
        .when({ type: "SubscriptionStarted", payload: { trial: true } })
        .then({
          status: "completed",
          commands: [{ type: "sendInvoice", delay: "7d" }, "sendGoodbye"],
          timers: [{ kind: "timeout", in: "28d" }],
        }),
    );
    expect(message).toBe(`order/renewal does something else than is expected

  given  SubscriptionStarted {"trial":true}
         2d pass
  when   SubscriptionStarted {"trial":true}

  status
    expected  completed
    actual    started

  commands
    expected  sendInvoice in 7d
              sendGoodbye
    actual    sendInvoice for aggregate-1 in 14d
              sendWelcome for somebody {"text":"hello"}

  timers
    expected  timeout in 28d
    actual    command sendInvoice in 12d
              command sendInvoice in 14d
              timeout in 28d
`);
  });

  it.each([
    ["a command that is not there", { commands: ["sendInvoice", "sendWelcome", "sendMore"] }],
    ["a command that nobody expects", { commands: ["sendInvoice"] }],
    ["another order", { commands: ["sendWelcome", "sendInvoice"] }],
    ["another payload", { commands: ["sendInvoice", { type: "sendWelcome", payload: { text: "bye" } }] }],
    ["another aggregate", { commands: [{ type: "sendInvoice", aggregateId: "somebody" }, "sendWelcome"] }],
    ["a delay that is none", { commands: [{ type: "sendInvoice", delay: "1s" }, "sendWelcome"] }],
    ["another due time", { timers: [{ kind: "timeout", in: "29d" }] }],
    ["a timer that is not there", { timers: [] }],
    ["another status", { status: "none" }],
    ["another moment of the timeout", { timeout: "29d" }],
    ["a timeout that nobody expects", { timeout: null }],
    ["a command that was not taken back", { withdrawn: ["sendInvoice"] }],
    ["a key that is another", { commands: [{ type: "sendInvoice", key: "invoice" }, "sendWelcome"] }],
    ["a lane that is the instance's", { commands: [{ type: "sendInvoice", lane: "own" }, "sendWelcome"] }],
  ] as const)("notices %s", async (_, expected) => {
    expect(await messageOf(renewal.when({ type: "SubscriptionStarted" }).then(expected))).toContain("does something else than is expected");
  });

  it("is not passed by a test that forgets to say what it expects", async () => {
    // The language calls `then` with two functions.
    const forgotten: unknown = renewal.when({ type: "SubscriptionStarted" });
    await expect(forgotten as Promise<void>).rejects.toThrow("ends in .then({ … })");
  });

  it("finds a command that the domain does not have, although none is executed", async () => {
    const domain = createTemporaryFolder({
      "order/commands/send-invoice.js": "export async function handler() { throw new Error('executed'); }",
      "order/processes/renewal/index.js": 'export const config = () => ({ startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d" });',
      "order/processes/renewal/on-order-placed.js":
        "export const handler = ({ event, commands }) => commands.sendInvoce({ aggregateId: event.aggregateId });",
    });
    const message = await messageOf(
      testProcess(`${domain}/order/processes/renewal`)
        .when({ type: "OrderPlaced" })
        .then({ commands: ["sendInvoce"] }),
    );
    expect(message).toContain('command "sendInvoce" is handled by nothing');
    expect(message).toContain("Known commands: sendInvoice.");
  });

  it("tests a process whose domain has commands in transactions, in files without a handler or in code, and executes none", async () => {
    const throws = "export function handler() { throw new Error('executed'); }";
    const domain = createTemporaryFolder({
      "order/commands/book.js": `export const transaction = true; ${throws}`,
      "order/commands/tell.js": "",
      "order/processes/renewal/index.js": 'export const config = () => ({ startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d" });',
      "order/processes/renewal/on-order-placed.js":
        "export const handler = async ({ event, commands }) => { for (const name of Object.keys(event.payload)) await commands[name]({ aggregateId: 'o-1' }); };",
    });
    const handler = () => expect.unreachable("nothing is executed");
    await testProcess(`${domain}/order/processes/renewal`, { commands: { ship: { transaction: true, handler } } })
      .when({ type: "OrderPlaced", payload: { book: 1, tell: 1, ship: 1 } })
      .then({ commands: ["book", "tell", "ship"] });
  });

  it("does not take a handler that hangs for one that has nothing to do", async () => {
    const hanging = defineProcess({
      aggregate: "order",
      name: "hanging",
      startedBy: ["OrderPlaced"],
      completedBy: [],
      timeout: "1d",
      on: { OrderPlaced: () => new Promise(() => {}) },
    });
    const message = await messageOf(testProcess(hanging, { patienceMs: 20 }).when({ type: "OrderPlaced" }).then({ commands: [] }));
    expect(message).toBe("a handler is still at work after OrderPlaced: it hangs, or takes longer than the option patienceMs");
  });

  it("refuses what is misspelt, and would otherwise not be looked at", async () => {
    const when = () => renewal.when({ type: "SubscriptionStarted" });
    expect(await messageOf(when().then({ statuss: "started" } as never))).toContain("then.statuss is not an option");
    expect(await messageOf(when().then({ status: "finished" as never }))).toContain(
      "It must be started, completed, timed_out, failed, cancelled, none",
    );
    expect(await messageOf(when().then({ commands: [{ type: "sendInvoice", paylod: {} } as never] }))).toContain(
      "then: commands.paylod is not an option",
    );
    expect(await messageOf(when().then({ timers: [{ kind: "timout" as never }] }))).toContain("It must be timeout, after, command, retry");
    expect(await messageOf(renewal.when({ type: "SubscriptionStartd" }).then({ status: "none" }))).toContain(
      'know no event "SubscriptionStartd"; did you mean SubscriptionStarted?',
    );
    expect(() => testProcess(example, { aggregateID: "o-1" } as never)).toThrow("testProcess.aggregateID is not an option");
  });

  it("leaves the other processes of the domain out", async () => {
    const process = (name: string) => ({
      [`order/processes/${name}/index.js`]: 'export const config = () => ({ startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d" });',
      [`order/processes/${name}/on-order-placed.js`]: `export const handler = ({ event, commands }) => commands.${name}({ aggregateId: event.aggregateId });`,
    });
    const domain = createTemporaryFolder({ ...process("renewal"), ...process("audit") });
    await testProcess(`${domain}/order/processes/audit`)
      .when({ type: "OrderPlaced" })
      .then({ commands: ["audit"] });
  });

  it("says where a process folder has to be, and which there are", async () => {
    expect(await messageOf(testProcess("./domain/order").when("1d").then({}))).toContain("domain/order is not a process folder");
    const misspelt = await messageOf(
      testProcess(example.replace(/lifecycle$/, "lifecyle"))
        .when("1d")
        .then({}),
    );
    expect(misspelt).toBe(
      'there is no process "order/order-lifecyle"; did you mean order/order-lifecycle?\n  The domain has order/order-lifecycle.',
    );
  });
});

describe("an event with a field that no event has", () => {
  it("fails the test that gives it, in given and in when", async () => {
    const misspelt = { type: "PaymentFailed", occuredAt: "2026-01-01T00:00:00Z" };
    for (const run of [
      renewal.given({ type: "SubscriptionStarted" }, misspelt).when("1d"),
      renewal.when({ ...misspelt, type: "SubscriptionStarted" }),
    ]) {
      expect(await messageOf(run.then({}))).toMatch(/no field "occuredAt"; did you mean occurredAt\?/);
    }
  });
});
