import SqliteDatabase from "better-sqlite3";
import type { CommandHandlerArgs } from "perdure";
import { createProcessSystem, definePolicy, defineProcess, defineSchedule, drawDomain, type ProcessSystemOptions } from "perdure";
import { createTestSystem, testPolicy, testProcess, verifyPaths } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { setup } from "xstate";
import { z } from "zod";
import { adviseDomain } from "../../src/definition/check/check-advice.ts";
import type { Diagnostic } from "../../src/definition/report/diagnostic.ts";
import { loadDomain } from "../../src/definition/load-domain.ts";
import { readChart } from "../../src/machine/read-chart.ts";
import { codesOf, createFolder } from "./domain-folder.ts";

const placed = z.object({ email: z.string(), express: z.boolean().default(false), cents: z.string().transform(Number) });
const right = { email: "ada@example.com", cents: "4200" };
const order = {
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  onTimedOut: () => {},
  onFailed: () => {},
} as const;
const events = { OrderPlaced: { payload: placed }, OrderFulfilled: {} } as const;
const seen: unknown[] = [];
const lifecycle = defineProcess({ ...order, events, on: { OrderPlaced: ({ event }) => void seen.push(event.payload) } });
const plain = defineProcess({ ...order, on: { OrderPlaced: ({ event }) => void seen.push(event.payload) } });
const place = (payload: object) => ({ type: "OrderPlaced", aggregateId: "o-1", payload });

async function diagnose(options: ProcessSystemOptions): Promise<readonly Diagnostic[]> {
  const { domain = [], definitions = [], ...rest } = options;
  const loaded = loadDomain({ domain: domain as string, definitions, readChart, ...rest });
  return loaded.then(
    ({ domain: found, diagnostics }) => [...diagnostics, ...adviseDomain(found)],
    ({ details }: { readonly details: { readonly diagnostics: readonly Diagnostic[] } }) => details.diagnostics,
  );
}

describe("the schema of an event in code, given", () => {
  it.each<[string, ProcessSystemOptions]>([
    ["in the option events", { definitions: [plain], events }],
    ["in defineProcess", { definitions: [lifecycle] }],
    ["in both, as one schema", { definitions: [lifecycle, defineProcess({ ...order, name: "billing", events, on: {} })], events }],
  ])("%s, checks what is dispatched, and handlers see what it gives out", async (_, options) => {
    seen.length = 0;
    await using test = await createTestSystem(options);
    await expect(test.dispatch(place({ email: 1, cents: "1" }))).rejects.toMatchObject({
      code: "EVENT_PAYLOAD_INVALID",
      message: expect.stringContaining("its schema refuses it: email: Invalid input: expected string, received number") as string,
      hint: "Nothing was accepted. Payloads are plain JSON and match the schema of their event.",
    });
    await expect(test.dispatch([{ type: "OrderFulfilled", aggregateId: "o-2" }, place({})])).rejects.toMatchObject({
      code: "EVENT_PAYLOAD_INVALID",
    });
    await test.dispatch(place(right));
    expect(seen).toEqual([{ email: "ada@example.com", express: false, cents: 4200 }]);
  });

  it("checks the events that commands return, that policies see, and that the inbox is given", async () => {
    const told: unknown[] = [];
    const database = new SqliteDatabase(":memory:");
    await using test = await createTestSystem({
      store: { database },
      events: { ...events, StockLow: { payload: z.object({ left: z.number().default(0) }) } },
      definitions: [plain],
      policies: [definePolicy({ aggregate: "stock", name: "tell", on: "StockLow", handler: ({ event }) => void told.push(event.payload) })],
      commands: { count: ({ command }) => ({ type: "StockLow", aggregateId: command.aggregateId, payload: { left: "none" } }) },
      processes: { retry: { retryStrategy: "none" } },
    });
    await test.system.commands["count"]!({ aggregateId: "s-1" });
    await test.settle();
    expect(test.deadLetters()).toMatchObject([{ error: { code: "EVENT_PAYLOAD_INVALID" } }]);
    await test.dispatch({ type: "StockLow", aggregateId: "s-1" });
    expect(() => test.system.enqueue(place({}))).toThrow("its schema refuses it: email");
    test.system.enqueue(place(right));
    seen.length = 0;
    await test.settle();
    expect([told, seen]).toEqual([[{ left: 0 }], [{ email: "ada@example.com", express: false, cents: 4200 }]]);
  });

  it("checks the payload of a command, wherever the command comes from", async () => {
    const mailed: unknown[] = [];
    const mail = z.object({ to: z.string(), copies: z.number().default(1) });
    await using test = await createTestSystem({
      definitions: [
        defineProcess({
          ...order,
          events,
          on: { OrderPlaced: ({ event, commands }) => commands["sendMail"]!({ aggregateId: event.aggregateId, to: event.payload.email }) },
        }),
      ],
      commands: {
        sendMail: { payload: mail, handler: ({ command }: CommandHandlerArgs<z.infer<typeof mail>>) => void mailed.push(command.payload) },
      },
    });
    await test.dispatch(place(right));
    await expect(test.system.commands["sendMail"]!({ aggregateId: "o-1", to: 7 })).rejects.toMatchObject({
      code: "COMMAND_PAYLOAD_INVALID",
    });
    expect(mailed).toEqual([{ to: "ada@example.com", copies: 1 }]);
  });

  it("reaches a chart of its own, whose machine says which events there are and not what they carry", async () => {
    const machine = setup({}).createMachine({
      initial: "open",
      states: { open: { on: { OrderPaid: "paid" } }, paid: { type: "final" } },
    });
    const paid = { OrderPaid: { payload: z.object({ cents: z.number() }) } };
    const chart = defineProcess({
      aggregate: "order",
      name: "payment",
      startedBy: ["OrderPlaced"],
      timeout: "7d",
      machine,
      events: { ...events, ...paid },
    });
    expect(chart.diagnostics).toEqual([]);
    await using test = await createTestSystem({ definitions: [chart] });
    await test.dispatch(place(right));
    await expect(test.dispatch({ type: "OrderPaid", aggregateId: "o-1" })).rejects.toMatchObject({ code: "EVENT_PAYLOAD_INVALID" });
    await testProcess(chart)
      .given({ type: "OrderPlaced", payload: right })
      .when({ type: "OrderPaid", payload: { cents: 1 } })
      .then({ status: "completed" });
    const paths = await verifyPaths(chart, {
      events: [
        { type: "OrderPlaced", payload: right },
        { type: "OrderPaid", payload: { cents: 1 } },
      ],
    });
    expect(paths.length).toBeGreaterThan(0);
    const list = defineProcess({
      aggregate: "order",
      name: "payment",
      startedBy: ["OrderPlaced"],
      timeout: "7d",
      machine,
      events: ["OrderPaid"] as never,
    });
    expect(codesOf(list.diagnostics)).toEqual(["MACHINE_CONFLICT"]);
  });

  it("checks the events of testProcess and testPolicy", async () => {
    await testProcess(lifecycle).when({ type: "OrderPlaced", payload: right }).then({ status: "started" });
    const wrong = { type: "OrderPlaced", payload: { email: 1 } };
    await expect(testProcess(lifecycle).when(wrong).then({})).rejects.toThrow("its schema refuses it: email");
    await expect(testProcess(plain, { events }).when(wrong).then({})).rejects.toThrow("its schema refuses it: email");
    const policy = definePolicy({
      aggregate: "order",
      name: "tell",
      on: "OrderPlaced",
      handler: ({ event, commands }) => commands["sendMail"]!({ aggregateId: event.aggregateId, payload: event.payload }),
    });
    const commands = { sendMail: { payload: z.object({ email: z.string() }), handler: () => expect.unreachable("nothing is executed") } };
    await testPolicy(policy, { events, commands })
      .when({ type: "OrderPlaced", payload: right })
      .then({ commands: [{ type: "sendMail", payload: { email: "ada@example.com" } }] });
    await expect(testPolicy(policy, { events }).when(wrong).then({})).rejects.toThrow("its schema refuses it: email");
  });

  it("checks the event of a schedule", async () => {
    const daily = { aggregate: "order", name: "daily", cron: "@daily" } as const;
    const event = { type: "OrderPlaced", aggregateId: "o-1", payload: right };
    const schedules = [defineSchedule({ ...daily, event })];
    expect(await diagnose({ definitions: [plain], events, schedules })).toEqual([]);
    const wrong = [defineSchedule({ ...daily, event: { ...event, payload: {} } })];
    expect(await diagnose({ definitions: [plain], events, schedules: wrong })).toMatchObject([
      { code: "SCHEDULE_INVALID", reason: expect.stringContaining("its schema refuses it: email") as string },
    ]);
  });

  it("is on the map of the domain", async () => {
    expect(await drawDomain({ definitions: [plain], events: { ...events, OrderLost: {} } })).toContain("OrderLost");
  });
});

describe("of events in code is refused", () => {
  it.each<[string, unknown, string, string]>([
    [
      "a schema without its key",
      { OrderPlaced: placed },
      "PAYLOAD_INVALID",
      "Write OrderPlaced: { payload: z.object({ … }) }, or {} to accept any payload.",
    ],
    ["a payload that is no schema", { OrderPlaced: { payload: { email: "text" } } }, "PAYLOAD_INVALID", "Give a schema of Zod"],
    ["an entry that is no object", { OrderPlaced: true }, "PAYLOAD_INVALID", "Write OrderPlaced: { payload"],
    ["a misspelt key", { OrderPlaced: { paylod: placed } }, "SETTING_INVALID", "Rename it to payload."],
    ["a name that is no event's", { "order.placed": {} }, "EVENT_NAME_INVALID", 'Write "OrderPlaced".'],
  ])("%s, in the option and in defineProcess", async (_, given, code, fix) => {
    const before = { OrderFulfilled: {}, ...("OrderPlaced" in (given as object) ? {} : { OrderPlaced: {} }) };
    const wrong = { ...before, ...(given as object) };
    for (const [options, file] of [
      [{ definitions: [plain], events: wrong }, /^events\./],
      [
        { definitions: [defineProcess({ ...order, events: wrong as typeof events, on: {} })] },
        /^defineProcess\("order\/order-lifecycle"\)$/,
      ],
    ] as const) {
      const [first, ...others] = await diagnose(options);
      expect(first).toMatchObject({
        code,
        severity: "error",
        file: expect.stringMatching(file) as string,
        fix: expect.stringContaining(fix) as string,
      });
      expect(others).toEqual([]);
    }
  });

  it("a list in place of an object, before anything is loaded", async () => {
    await expect(createProcessSystem({ definitions: [plain], events: ["OrderPlaced"] as never })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("events") as string,
    });
  });

  it("a second schema of one event, from a file, from the option, or from another process", async () => {
    const other = { OrderPlaced: { payload: z.object({}) } };
    const domain = await createFolder({ "order/events/order-placed.ts": "" });
    expect(codesOf(await diagnose({ domain, definitions: [plain], events: { OrderPlaced: {} } }))).toEqual([]);
    const inFile = await diagnose({ domain, definitions: [plain], events });
    expect(inFile).toMatchObject([{ code: "EVENT_DUPLICATE", file: "events.OrderPlaced" }]);
    expect(inFile[0]?.reason).toContain(`${domain}/order/events/order-placed.ts`);
    expect(codesOf(await diagnose({ definitions: [lifecycle], events: other }))).toEqual(["EVENT_DUPLICATE"]);
    const billing = defineProcess({ ...order, name: "billing", events: { ...other, OrderFulfilled: {} }, on: {} });
    expect(await diagnose({ definitions: [lifecycle, billing] })).toMatchObject([
      { code: "EVENT_DUPLICATE", file: 'defineProcess("order/billing").events.OrderPlaced' },
    ]);
  });

  it("a handler of an event that looks like a declared one; and whoever asks is told of an event that nobody handles", async () => {
    const typo = defineProcess({ ...order, on: { OrderFulfiled: () => {} } });
    expect(await diagnose({ definitions: [typo], events })).toMatchObject([
      { code: "EVENT_UNDECLARED", severity: "error", fix: expect.stringContaining("in events, as OrderFulfiled: {}") as string },
    ]);
    expect(await diagnose({ definitions: [lifecycle], events: { OrderLost: {} } })).toMatchObject([
      {
        code: "EVENT_UNHANDLED",
        severity: "warning",
        file: "events.OrderLost",
        fix: expect.stringContaining("remove it from events") as string,
      },
    ]);
  });

  it("nothing that is left out, which is advised in the words of code", async () => {
    const { onTimedOut: _late, onFailed: _failed, ...rest } = order;
    expect(await diagnose({ definitions: [defineProcess({ ...rest, on: {} })] })).toMatchObject([
      { code: "TIMED_OUT_HANDLER_MISSING", fix: "Say what is to follow in onTimedOut." },
      { code: "FAILED_HANDLER_MISSING", fix: "Tell somebody in onFailed." },
    ]);
  });

  it("by the compiler, what a schema does not give out and what is no schema", () => {
    defineProcess({
      ...order,
      events,
      correlate: { OrderPlaced: ({ payload }) => payload.email },
      on: {
        OrderPlaced: ({ event }) => {
          event.payload.cents.toFixed();
          // @ts-expect-error Its payload has no field total.
          return event.payload.total as never;
        },
      },
    });
    // @ts-expect-error OrderPlcaed is not in events.
    defineProcess({ ...order, events, on: { OrderPlcaed: () => {} } });
    // @ts-expect-error OrderLost is not in events.
    defineProcess({ ...order, startedBy: ["OrderLost"], events, on: {} });
    // @ts-expect-error A key is a text, and cents are a number.
    defineProcess({ ...order, events, correlate: { OrderPlaced: ({ payload }) => payload.cents }, on: {} });
    // @ts-expect-error A text is no schema.
    defineProcess({ ...order, events: { OrderPlaced: { payload: "text" }, OrderFulfilled: {} }, on: {} });
    // @ts-expect-error An event's entry has no other key.
    const options: ProcessSystemOptions = { events: { OrderPlaced: { paylod: placed } } };
    expect(options.events).toBeDefined();
  });
});
