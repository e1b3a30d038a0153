import SqliteDatabase from "better-sqlite3";
import { defineProcess, NonRetryableError, ProcessError, type CommandHandlerArgs, type HandlerArgs } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createSchema } from "../runtime/domain-of.ts";
import { openTestSystem } from "../support/order-process.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { event, expectAgreement, nothingLeft } from "./failing-orders.ts";

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "done",
    (error: unknown) => (ProcessError.is(error) ? error.code : error),
  );

/** Two processes that react to the same events. A payload `{ bad: true }` fails those that are `strict` for good. */
async function open({ strict = ["shipping"] }: { readonly strict?: readonly string[] } = {}) {
  const seen: string[] = [];
  const note = (name: string, { event: { type, payload, eventId } }: HandlerArgs) =>
    void seen.push(`${name} ${type} ${eventId} ${JSON.stringify(payload)}`);
  const define = (name: string) => {
    const handle = (args: HandlerArgs) => {
      note(name, args);
      if (strict.includes(name) && (args.event.payload as { bad?: boolean }).bad === true) throw new NonRetryableError("it is bad");
    };
    return defineProcess({
      aggregate: "order",
      name,
      startedBy: ["OrderPlaced"],
      completedBy: ["OrderFulfilled"],
      timeout: "30d",
      on: { OrderPlaced: handle, PaymentReceived: handle, OrderFulfilled: handle },
    });
  };
  const path = createDatabasePath();
  const test = await openTestSystem({
    definitions: [define("shipping"), define("billing")],
    store: { path },
  });
  return { test, path, take: () => seen.splice(0) };
}

describe("an event that is retried with another payload", () => {
  it("has it in its handler, under its own id, before what was parked behind it; the letter keeps both payloads", async () => {
    const { test, take } = await open();
    await test.dispatch([
      event("OrderPlaced", "placed"),
      event("PaymentReceived", "paid", { payload: { bad: true } }),
      event("OrderFulfilled", "done"),
    ]);
    take();
    const [letter] = await test.system.deadLetters.list();
    const settled = await test.system.deadLetters.retry(letter!.id, { payload: { cents: 7 }, by: "ada" });
    await test.settle();
    expect(settled).toMatchObject({
      status: "retried",
      settledBy: "ada",
      event: { eventId: "paid", payload: { bad: true } },
      retriedWith: { cents: 7 },
    });
    expect(take()).toEqual([`shipping PaymentReceived paid {"cents":7}`, `shipping OrderFulfilled done {}`]);
    const history = await test.system.processes.history(letter!.processId);
    expect(history.find(({ kind }) => kind === "resumed")).toMatchObject({ edited: true, by: "ada" });
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });

  it("keeps it over a restart that comes before its step, and over attempts that fail", async () => {
    const { test, take } = await open();
    await test.dispatch([event("OrderPlaced", "placed"), event("PaymentReceived", "paid", { payload: { bad: true } })]);
    take();
    const [letter] = await test.system.deadLetters.list();
    await test.system.deadLetters.retry(letter!.id, { payload: { bad: true, cents: 7 } });
    await test.settle();
    await test.restart();
    const [next] = await test.system.deadLetters.list();
    expect(next).toMatchObject({ event: { payload: { bad: true, cents: 7 } }, retriedWith: undefined });
    await test.system.deadLetters.retry(next!.id);
    await test.settle();
    expect(take()).toEqual([
      `shipping PaymentReceived paid {"bad":true,"cents":7}`,
      `shipping PaymentReceived paid {"bad":true,"cents":7}`,
    ]);
  });

  it("is another one for that process alone: the stored event is as it was accepted, and others retry theirs with that", async () => {
    const { test, path, take } = await open({ strict: ["shipping", "billing"] });
    await test.dispatch([event("OrderPlaced", "placed"), event("PaymentReceived", "paid", { payload: { bad: true } })]);
    const letters = await test.system.deadLetters.list();
    const idOf = (process: string) => letters.find((letter) => letter.process === process)!.id;
    take();
    await test.system.deadLetters.retry(idOf("order/shipping"), { payload: { cents: 7 } });
    await test.system.deadLetters.retry(idOf("order/billing"));
    await test.settle();
    expect(take().toSorted()).toEqual([`billing PaymentReceived paid {"bad":true}`, `shipping PaymentReceived paid {"cents":7}`]);
    const database = new SqliteDatabase(path, { readonly: true });
    const stored = database.prepare<[], string>("SELECT payload FROM perdure_events WHERE event_id = 'paid'").pluck().get();
    database.close();
    expect(stored).toBe(`{"bad":true}`);
  });

  it("is recognised when it is dispatched again", async () => {
    const { test } = await open();
    await test.dispatch([event("OrderPlaced", "placed"), event("PaymentReceived", "paid", { payload: { bad: true } })]);
    const [letter] = await test.system.deadLetters.list();
    await test.system.deadLetters.retry(letter!.id, { payload: { cents: 7 } });
    await expect(test.dispatch(event("PaymentReceived", "paid"))).resolves.toMatchObject({ outcome: "duplicate" });
  });

  it.each([
    ["a payload that is no object", 7, "EVENT_PAYLOAD_INVALID"],
    ["null", null, "EVENT_PAYLOAD_INVALID"],
    ["what is not JSON", { at: new Date(0) }, "CONFIG_INVALID"],
  ])("is refused with %s, and nothing happens", async (_, payload, code) => {
    const { test, take } = await open();
    await test.dispatch([event("OrderPlaced", "placed"), event("PaymentReceived", "paid", { payload: { bad: true } })]);
    take();
    const [letter] = await test.system.deadLetters.list();
    expect(await codeOf(test.system.deadLetters.retry(letter!.id, { payload }))).toBe(code);
    await test.settle();
    expect(await test.system.deadLetters.list()).toEqual([letter]);
    expect(take()).toEqual([]);
    await expectAgreement(test.system);
  });

  it("is refused for many letters at once", async () => {
    const { test } = await open();
    await test.dispatch(event("OrderPlaced", "placed", { payload: { bad: true } }));
    expect(await codeOf(test.system.deadLetters.retryAll({}, { payload: {} } as object))).toBe("CONFIG_INVALID");
    expect(await test.system.deadLetters.list()).toHaveLength(1);
  });
});

it("a timed-out handler's letter is refused with another payload, because Perdure has made it, and can be retried with its own", async () => {
  let isBroken = true;
  const order = defineProcess({
    aggregate: "order",
    name: "shipping",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "1d",
    on: {},
    onTimedOut: () => {
      if (isBroken) throw new NonRetryableError("broken");
    },
  });
  const test = await openTestSystem({ definitions: [order] });
  await test.dispatch(event("OrderPlaced", "placed"));
  await test.advance("1d");
  const [letter] = await test.system.deadLetters.list();
  expect(await codeOf(test.system.deadLetters.retry(letter!.id, { payload: {} }))).toBe("SETTLEMENT_REFUSED");
  isBroken = false;
  await test.system.deadLetters.retry(letter!.id);
  await test.settle();
  expect(await test.system.lag()).toMatchObject(nothingLeft);
});

describe("a command that is retried with another payload", () => {
  const openCommands = async () => {
    const ran: unknown[] = [];
    const test = await openTestSystem({
      definitions: [
        defineProcess({
          aggregate: "order",
          name: "shipping",
          startedBy: ["OrderPlaced"],
          completedBy: ["OrderFulfilled"],
          timeout: "30d",
          on: { OrderPlaced: ({ commands }) => void commands["charge"]!({ aggregateId: "o-1", payload: { cents: -1 } }) },
        }),
      ],
      commands: {
        charge: {
          payload: createSchema(async (value) =>
            typeof (value as { cents?: unknown }).cents === "number"
              ? { value: { currency: "EUR", ...(value as object) } }
              : { issues: [{ message: "expected a number", path: ["cents"] }] },
          ),
          handler: ({ command, idempotencyKey }: CommandHandlerArgs) => {
            ran.push({ payload: command.payload, commandId: command.commandId, key: idempotencyKey });
            if ((command.payload as { cents: number }).cents < 0) throw new NonRetryableError("less than nothing");
          },
        },
      },
    });
    await test.dispatch(event("OrderPlaced", "placed"));
    const [letter] = await test.system.deadLetters.list();
    return { test, ran, letter: letter! };
  };

  it("has it, as its schema gives it, under its own id and a new key", async () => {
    const { test, ran, letter } = await openCommands();
    await test.system.deadLetters.retry(letter.id, { payload: { cents: 7 } });
    await test.settle();
    const [first, second] = ran as { payload: unknown; commandId: string; key: string }[];
    expect(second).toMatchObject({ payload: { currency: "EUR", cents: 7 }, commandId: first!.commandId });
    expect(second!.key).not.toBe(first!.key);
    expect(await test.system.deadLetters.get(letter.id)).toMatchObject({
      command: { payload: { currency: "EUR", cents: -1 } },
      retriedWith: { currency: "EUR", cents: 7 },
    });
    expect(await test.system.lag()).toMatchObject(nothingLeft);
  });

  it("is refused with the issues of its schema, and nothing happens", async () => {
    const { test, ran, letter } = await openCommands();
    await expect(test.system.deadLetters.retry(letter.id, { payload: { cents: "7" } })).rejects.toMatchObject({
      code: "COMMAND_PAYLOAD_INVALID",
      problem: expect.stringContaining("expected a number") as string,
    });
    expect(ran).toHaveLength(1);
    expect(await test.system.deadLetters.list()).toEqual([letter]);
  });
});
