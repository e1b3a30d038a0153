import * as fc from "fast-check";
import { type FailedPayload, type HandlerArgs, NonRetryableError, ProcessError } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createRecording, defineOrder, openTestSystem } from "../support/order-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const placed = { type: "OrderPlaced", aggregateId: "o-1" } as const;

async function open() {
  const payloads: unknown[] = [];
  const domain = createTemporaryFolder({
    "order/events/order-paid.ts": `
      export const payload = { "~standard": { version: 1, vendor: "test", validate: (value) =>
        typeof value?.total === "number" ? { value: { currency: "EUR", ...value } } : { issues: [{ message: "expected number", path: ["total"] }] } } };`,
  });
  const test = await openTestSystem({
    domain,
    definitions: [
      defineLifecycle(
        { OrderPlaced: ({ event }) => void payloads.push(event.payload), OrderPaid: ({ event }) => void payloads.push(event.payload) },
        { timeout: "365d" },
      ),
    ],
  });
  return { test, system: test.system, payloads };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error: unknown) => (ProcessError.is(error) ? error.code : error),
  );

const noText = fc.oneof(fc.constantFrom(undefined, null, "", Number.NaN), fc.integer(), fc.boolean(), fc.array(fc.string()), fc.object());

/** What JSON cannot hold, or would change. */
const noJson = fc.constantFrom<unknown>(
  Number.NaN,
  Number.POSITIVE_INFINITY,
  new Date(0),
  new Map(),
  new Set(),
  10n,
  Symbol("s"),
  () => {},
  new (class Money {
    amount = 1;
  })(),
  // Node 22 and later have it.
  (JSON as { rawJSON?: (text: string) => unknown }).rawJSON?.("12345678901234567890") ?? Number.NaN,
  /x/,
  new Uint8Array(2),
  Promise.resolve(),
  new Error("x"),
  { toJSON: () => 1 },
  [undefined],
  Array(2),
  new Number(1),
  new (class Rows extends Array {})(),
  { [Symbol("s")]: 1 },
  Object.assign([1], { [Symbol("s")]: 1 }),
  Object.assign([1, 2], { total: 3 }),
  Object.assign(["a"], { toJSON: () => 1 }),
  /a/.exec("a"),
  Object.create({ inherited: 1 }),
  Object.create(Object.assign(Object.create(null), { inherited: 1 })),
  Object.defineProperty({}, "lazy", {
    enumerable: true,
    get: () => {
      throw new Error("lazy loading failed");
    },
  }),
);

const withCycle = () => {
  const payload: Record<string, unknown> = { items: [] };
  (payload["items"] as unknown[]).push({ payload });
  return payload;
};

const nestedDeeply = (depth: number) => {
  let payload: Record<string, unknown> = {};
  for (let level = 0; level < depth; level += 1) payload = { payload };
  return payload;
};

// Each is an event with exactly one thing wrong, and the code it is refused with.
const unfit: fc.Arbitrary<readonly [unknown, string]> = fc.oneof(
  fc
    .oneof(
      fc.constantFrom<unknown>(
        undefined,
        null,
        "OrderPlaced",
        7,
        () => {},
        new (class Event {
          type = "OrderPlaced";
          aggregateId = "o-1";
        })(),
      ),
      fc.array(fc.anything(), { minLength: 1 }),
    )
    .map((event) => [event, "EVENT_INVALID"] as const),
  // Dispatched on purpose, and taken for something else or for nothing at all.
  fc
    .constantFrom("occuredAt", "ocurredAt", "data", "id", "eventID", "aggregateid", "Payload", "metadata", "__proto__x", "0")
    .map((field) => [{ ...placed, [field]: "2026-01-01T00:00:00Z" }, "EVENT_INVALID"] as const),
  fc
    .constantFrom(
      "orderPlaced",
      "order-placed",
      "order_placed",
      "ORDER PLACED",
      "Order.Placed",
      "order:placed",
      "1Placed",
      "ÄnderungGemeldet",
      " OrderPlaced",
      "OrderPlaced\n",
      "on-order-placed",
    )
    .map((type) => [{ ...placed, type }, "EVENT_INVALID"] as const),
  fc
    .tuple(fc.constantFrom("type", "aggregateId"), noText)
    .map(([field, value]) => [{ ...placed, [field]: value }, "EVENT_INVALID"] as const),
  fc
    .tuple(
      fc.constantFrom("eventId", "correlationId", "causationId"),
      noText.filter((value) => value !== undefined),
    )
    .map(([field, value]) => [{ ...placed, [field]: value }, "EVENT_INVALID"] as const),
  fc
    .constantFrom<unknown>(
      null,
      "",
      "yesterday",
      "1",
      "12:00",
      "2026-13-01",
      "2026-01-01T25:00:00Z",
      "2026-01-01T10:00:00",
      "2026-01-01T10:00",
      "2026-01-01 10:00:00.123",
      "2026-01-01T10:00:00 GMT",
      "2026-01-01T10:00:00Zulu",
      Number.NaN,
      Number.POSITIVE_INFINITY,
      8.7e15,
      new Date(Number.NaN),
      {},
      [2026],
      true,
    )
    .map((occurredAt) => [{ ...placed, occurredAt }, "EVENT_INVALID"] as const),
  fc
    .constantFrom<unknown>(null, "text", 7, [], [1], true, new Date(0), new Map())
    .map((payload) => [{ ...placed, payload }, "EVENT_PAYLOAD_INVALID"] as const),
  fc.tuple(noJson, fc.constantFrom("a", "deep", "list")).map(([value, where]) => {
    const payload = { a: { a: value }, deep: { x: [{ y: { z: value } }] }, list: { list: [1, value] } }[where];
    return [{ ...placed, payload }, "EVENT_PAYLOAD_INVALID"] as const;
  }),
  fc.constant([{ ...placed, payload: withCycle() }, "EVENT_PAYLOAD_INVALID"] as const),
  fc
    .constantFrom<unknown>(undefined, {}, { total: "7" }, { total: null }, null, "7")
    .map((payload) => [{ type: "OrderPaid", aggregateId: "o-1", payload }, "EVENT_PAYLOAD_INVALID"] as const),
);

describe("an event that is not one", () => {
  it("is refused with a clear error, and nothing is accepted", async () => {
    const { system, payloads, test } = await open();
    await fc.assert(
      fc.asyncProperty(unfit, async ([event, code]) => {
        expect(await codeOf(system.dispatch(event as never))).toBe(code);
      }),
      { numRuns: 400 },
    );
    await test.settle();
    expect(payloads).toEqual([]);
    expect(await system.lag()).toMatchObject({ accepted: 0, waiting: 0, ignored: 0 });
  });

  it("takes with it the whole list it is in, wherever it stands there", async () => {
    const { system, test } = await open();
    await fc.assert(
      fc.asyncProperty(unfit, fc.nat(4), fc.nat(4), async ([event, code], before, after) => {
        const fit = (count: number) => Array.from({ length: count }, () => placed);
        const events = [...fit(before), event, ...fit(after)] as never[];
        const error: unknown = await system.dispatch(events).catch((error: unknown) => error);
        expect(error).toMatchObject({ code });
        if (events.length > 1) expect((error as ProcessError).message).toContain(`event ${before + 1} of ${events.length}`);
      }),
      { numRuns: 200 },
    );
    await test.settle();
    expect(await system.lag()).toMatchObject({ accepted: 0, waiting: 0 });
    expect(await system.processes.find()).toEqual([]);
  });

  it.each<[string, unknown, RegExp]>([
    ["type", { aggregateId: "o-1" }, /its type is missing/],
    ["aggregateId", { type: "OrderPlaced" }, /OrderPlaced.*its aggregateId is missing/],
    ["occurredAt", { ...placed, occurredAt: "yesterday" }, /its occurredAt \(yesterday\)/],
    ["eventId", { ...placed, eventId: 7 }, /its eventId is the number 7, not a text/],
    ["payload", { ...placed, payload: { items: [{ at: new Date(0) }] } }, /payload\.items\[0\]\.at is a Date/],
    [
      "time of day",
      { ...placed, occurredAt: "2026-01-01T10:00:00" },
      /its occurredAt \(2026-01-01T10:00:00\) says no zone.*write 2026-01-01T10:00:00Z/,
    ],
    ["misspelt field", { ...placed, occuredAt: "2026-01-01T10:00:00Z" }, /OrderPlaced.*no field "occuredAt"; did you mean occurredAt\?/],
    ["field of another system", { ...placed, data: {} }, /no field "data"; did you mean payload\?/],
    ["other field of another system", { ...placed, id: "e-1" }, /no field "id"; did you mean eventId\?/],
    ["field that is like no other", { ...placed, tenant: "acme" }, /no field "tenant"$/m],
    [
      "type's form",
      { ...placed, type: "order-placed" },
      /its type is "order-placed", and event types are PascalCase; did you mean OrderPlaced\?/,
    ],
    ["symbol", { ...placed, payload: { a: { [Symbol("tax")]: 1 } } }, /payload\.a\[Symbol\(tax\)\] has a symbol for its key/],
    ["list", { ...placed, payload: { rows: Object.assign([1], { total: 1 }) } }, /payload\.rows\.total is a property of an array/],
    ["list of a class", { ...placed, payload: { rows: new (class Rows extends Array {})() } }, /payload\.rows is a Rows/],
    ["bigint", { ...placed, payload: { cents: 10n } }, /payload\.cents is a bigint; pass toString\(\)/],
    ["schema", { type: "OrderPaid", aggregateId: "o-1", payload: {} }, /"o-1".*total: expected number/],
  ])("is told in words what is wrong with its %s", async (_, event, message) => {
    const { system } = await open();
    const error: unknown = await system.dispatch(event as never).catch((error: unknown) => error);
    expect((error as Error).message).toMatch(message);
    expect(error).toMatchObject({ hint: expect.stringContaining("Nothing was accepted") as string });
  });

  it("is refused and not a crash where its payload is nested too deeply to be written", async () => {
    const { system } = await open();
    await expect(system.dispatch({ ...placed, payload: nestedDeeply(50_000) })).rejects.toMatchObject({ code: "EVENT_PAYLOAD_INVALID" });
    await expect(system.dispatch({ ...placed, payload: nestedDeeply(200) })).resolves.toMatchObject({ outcome: "accepted" });
  });

  it("is refused where it occurred on a day that no calendar has, and is not taken for the day after", async () => {
    const { system } = await open();
    for (const occurredAt of ["2026-02-30", "2026-02-29T12:00:00Z", "2026-04-31"]) {
      await expect(system.dispatch({ ...placed, occurredAt })).rejects.toMatchObject({ code: "EVENT_INVALID" });
    }
    await expect(system.dispatch({ ...placed, occurredAt: "2028-02-29" })).resolves.toMatchObject({ outcome: "accepted" });
  });

  it("is refused with EVENT_PAYLOAD_INVALID where reading it throws", async () => {
    const { system } = await open();
    const payload = Object.defineProperty({}, "total", {
      enumerable: true,
      get: () => {
        throw new Error("lazy loading failed");
      },
    });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const unreadable of [payload, { proxy }])
      await expect(system.dispatch({ ...placed, payload: unreadable })).rejects.toMatchObject({ code: "EVENT_PAYLOAD_INVALID" });
  });

  it("is refused where its identity could not be stored as it is", async () => {
    const { system } = await open();
    // Half of a surrogate pair is no Unicode: UTF-8 has no bytes for it, so two of them would become one.
    for (const field of ["eventId", "aggregateId"]) {
      await expect(system.dispatch({ ...placed, [field]: "broken \ud800" })).rejects.toMatchObject({ code: "EVENT_INVALID" });
    }
  });
});

describe("an event as it should be", () => {
  it("arrives with any JSON payload exactly as it was", async () => {
    const { test, payloads } = await open();
    // JSON.stringify writes -0 as 0.
    const json = fc.jsonValue();
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.oneof(json, fc.constant(-0))), async (payload) => {
        const before = JSON.stringify(payload);
        await test.dispatch({ ...placed, payload });
        expect(payloads.at(-1)).toEqual(payload);
        expect(JSON.stringify(payloads.at(-1))).toBe(before);
        expect(JSON.stringify(payload)).toBe(before);
      }),
      { numRuns: 100 },
    );
  });

  it("keeps names apart that differ in any character, also in control characters and beyond the basic plane", async () => {
    const { test, system } = await open();
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.string({ minLength: 1, unit: "binary" }), { minLength: 1, maxLength: 5 }), async (names) => {
        const known = (await system.processes.find({ limit: 10_000 })).map(({ aggregateId }) => aggregateId);
        const fresh = names.filter((name) => !known.includes(name));
        const receipts = await test.dispatch(fresh.map((name) => ({ type: "OrderPlaced", aggregateId: name, eventId: name })));
        expect(receipts).toEqual(fresh.map((name) => ({ eventId: name, outcome: "accepted" })));
        for (const name of fresh) expect(await system.processes.find({ aggregateId: name })).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
  });

  it("has an empty payload, a new eventId and the moment of now where nothing else is said", async () => {
    const { test, payloads } = await open();
    const first = await test.dispatch(placed);
    const second = await test.dispatch({ ...placed, payload: undefined, occurredAt: undefined, eventId: undefined } as never);
    expect(first.eventId).not.toBe(second.eventId);
    expect(payloads).toEqual([{}, {}]);
    expect((await test.system.processes.find())[0]).toMatchObject({ startedAt: new Date("2026-01-01T00:00:00Z") });
  });

  it("may say when it occurred as a Date, a number, or in ISO 8601", async () => {
    const { test } = await open();
    const moment = Date.parse("2025-12-24T18:00:00Z");
    const forms = [
      new Date(moment),
      moment,
      "2025-12-24T18:00:00Z",
      "2025-12-24T18:00Z",
      "2025-12-24 18:00:00Z",
      "2025-12-24T13:00:00-0500",
      "2025-12-24T19:00:00+01:00",
      "2025-12-24T18:00:00.000Z",
    ];
    for (const [index, occurredAt] of forms.entries()) await test.dispatch({ ...placed, aggregateId: `o-${index}`, occurredAt });
    expect((await test.system.processes.find()).map(({ startedAt }) => startedAt.getTime())).toEqual(forms.map(() => moment));
  });

  it("loses nothing of its payload but what is undefined or hidden from every copy", async () => {
    const { test, payloads } = await open();
    const hidden = Object.defineProperty({ plain: 1, left: undefined }, "hidden", { value: 2 });
    await test.dispatch({
      ...placed,
      payload: {
        hidden,
        bare: Object.assign(Object.create(null) as object, { a: 1 }),
        zeros: [-0, 0, { "-0": "-0", "-00": -0 }],
        half: "\ud800",
      },
    });
    expect(payloads).toEqual([{ hidden: { plain: 1 }, bare: { a: 1 }, zeros: [-0, 0, { "-0": "-0", "-00": -0 }], half: "\ud800" }]);
  });

  it("keeps the sign of a zero also on its way to the failed handler and to a command", async () => {
    const told: unknown[] = [];
    const does = {
      OrderPlaced: async ({ commands, event }: HandlerArgs) => commands["note"]!({ aggregateId: "o-1", payload: event.payload }),
      PaymentReceived: () => {
        throw new NonRetryableError("no");
      },
      Failed: ({ event }: HandlerArgs) => void told.push((event.payload as FailedPayload).failedEvent?.payload),
    };
    const commands = { note: ({ command }: { readonly command: { readonly payload: unknown } }) => void told.push(command.payload) };
    const test = await openTestSystem({ definitions: [defineOrder(createRecording(), { does })], commands });
    await test.dispatch([
      { ...placed, payload: { zero: -0 } },
      { type: "PaymentReceived", aggregateId: "o-1", payload: { paid: -0 } },
    ]);
    expect(told).toContainEqual({ zero: -0 });
    expect(told).toContainEqual({ paid: -0 });
  });

  it("arrives as its schema made it", async () => {
    const { test, payloads } = await open();
    await test.dispatch([placed, { type: "OrderPaid", aggregateId: "o-1", payload: { total: 7 } }]);
    expect(payloads).toEqual([{}, { currency: "EUR", total: 7 }]);
  });

  it("makes a list that is empty no error and no commit", async () => {
    const { system } = await open();
    await expect(system.dispatch([])).resolves.toEqual([]);
  });

  it("is a duplicate the second time within one list", async () => {
    const { system } = await open();
    const event = { ...placed, eventId: "e-1" };
    await expect(system.dispatch([event, event])).resolves.toEqual([
      { eventId: "e-1", outcome: "accepted" },
      { eventId: "e-1", outcome: "duplicate" },
    ]);
  });
});
