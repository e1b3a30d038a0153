import { defineProcess, NonRetryableError, type ProcessDefinition } from "perdure";
import { createTestSystem } from "perdure/testing";
import { describe, expect, onTestFinished, test as it, vi } from "vitest";
import { z } from "zod";
import { silentLogger } from "../support/silent-logger.ts";

const schema = z.object({
  email: z.string().default(""),
  paid: z.boolean().default(false),
  parcels: z.array(z.string()).default([]),
});

const base = { aggregate: "order", name: "shipping", startedBy: ["OrderPlaced"], timeout: "7d" } as const;

async function openSystem(definition: ProcessDefinition) {
  const test = await createTestSystem({
    definitions: [definition],
    commands: { notify: () => {} },
    logger: silentLogger,
    processes: { retry: { maxRetries: 2, initialDelay: 0 } },
  });
  onTestFinished(() => test.stop());
  const { system } = test;
  const dispatch = (type: string, payload: object = {}) => test.dispatch({ type, aggregateId: "o-1", payload });
  const instance = async () => (await system.processes.find({ aggregateId: "o-1" }))[0];
  return { test, system, dispatch, instance };
}

describe("what an instance remembers", () => {
  const definition = defineProcess({
    ...base,
    completedBy: ["OrderDelivered"],
    context: schema,
    on: {
      OrderPlaced: ({ event }) => ({ email: (event.payload as { email: string }).email }),
      PaymentReceived: () => ({ paid: true }),
      ParcelPacked: ({ event, context }) => ({ parcels: [...context.parcels, (event.payload as { parcel: string }).parcel] }),
      OrderDelivered: () => {},
    },
    onTimedOut: ({ context }) => ({ email: `late: ${context.email}` }),
  });

  it("begins with what the schema makes of nothing, and is changed by what handlers return", async () => {
    const { dispatch, instance } = await openSystem(definition);
    await dispatch("OrderPlaced", { email: "a@b.example" });
    expect((await instance())!.context).toEqual({ email: "a@b.example", paid: false, parcels: [] });
    await dispatch("ParcelPacked", { parcel: "p-1" });
    await dispatch("ParcelPacked", { parcel: "p-2" });
    await dispatch("PaymentReceived");
    expect((await instance())!.context).toEqual({ email: "a@b.example", paid: true, parcels: ["p-1", "p-2"] });
    await dispatch("OrderDelivered");
    expect(await instance()).toMatchObject({ status: "completed", context: { paid: true } });
  });

  it("is what the journal's changes add up to", async () => {
    const { test, system, dispatch, instance } = await openSystem(definition);
    await dispatch("OrderPlaced", { email: "a@b.example" });
    await dispatch("ParcelPacked", { parcel: "p-1" });
    await dispatch("PaymentReceived");
    await dispatch("PaymentReceived");
    await test.advance("8d");
    const { processId, context, status } = (await instance())!;
    const history = await system.processes.history(processId);
    expect(status).toBe("timed_out");
    expect(context).toEqual({ email: "late: a@b.example", paid: true, parcels: ["p-1"] });
    expect(history.reduce((sum, entry) => ({ ...sum, ...entry.context }), {})).toEqual(context);
    expect(history.map((entry) => entry.context)).toEqual([
      { email: "", paid: false, parcels: [] },
      { email: "a@b.example" },
      { parcels: ["p-1"] },
      { paid: true },
      undefined,
      undefined,
      { email: "late: a@b.example" },
    ]);
  });

  it("is given to handlers as it was before the event, and cannot be changed in place", async () => {
    const seen: unknown[] = [];
    const { dispatch, system } = await openSystem(
      defineProcess({
        ...base,
        completedBy: ["OrderDelivered"],
        context: schema,
        on: {
          OrderPlaced: ({ context, process }) => {
            seen.push(context, process.context);
            (context.parcels as string[]).push("p-1");
          },
        },
      }),
    );
    await dispatch("OrderPlaced");
    expect(seen[0]).toEqual({ email: "", paid: false, parcels: [] });
    expect(seen[1]).toEqual(seen[0]);
    const items = await system.deadLetters.list();
    expect(items[0]!.error.message).toContain("not extensible");
  });

  it("is left as it was by an attempt that fails", async () => {
    const { dispatch, instance } = await openSystem(
      defineProcess({
        ...base,
        completedBy: ["OrderDelivered"],
        context: schema,
        on: {
          OrderPlaced: () => ({ paid: true }),
          PaymentReceived: () => {
            throw new NonRetryableError("refused");
          },
        },
      }),
    );
    await dispatch("OrderPlaced");
    await dispatch("PaymentReceived");
    expect(await instance()).toMatchObject({ status: "failed", context: { paid: true } });
  });

  it("is checked by an asynchronous schema as well", async () => {
    const { dispatch, instance } = await openSystem(
      defineProcess({
        ...base,
        completedBy: ["OrderDelivered"],
        context: z.object({
          code: z
            .string()
            .default("a")
            .refine(async (code) => code !== "b", "no b"),
        }),
        on: { OrderPlaced: () => ({ code: "c" }), PaymentReceived: () => ({ code: "b" }) },
      }),
    );
    await dispatch("OrderPlaced");
    expect((await instance())!.context).toEqual({ code: "c" });
    await dispatch("PaymentReceived");
    expect(await instance()).toMatchObject({ status: "failed", context: { code: "c" } });
  });

  it("is kept whole however long it is, and the first long one of a process is warned of", async () => {
    const warn = vi.fn<(message: string) => void>();
    const test = await createTestSystem({ definitions: [definition], logger: { ...silentLogger, warn } });
    onTestFinished(() => test.stop());
    const email = "x".repeat(100_000);
    for (const aggregateId of ["o-1", "o-2"]) {
      await test.dispatch({ type: "OrderPlaced", aggregateId, payload: { email } });
      await test.dispatch({ type: "ParcelPacked", aggregateId, payload: { parcel: "p-1" } });
      await test.dispatch({ type: "PaymentReceived", aggregateId });
      await test.dispatch({ type: "OrderDelivered", aggregateId });
    }
    const contexts = (await test.system.processes.find({ status: "completed" })).map(({ context }) => context);
    expect(contexts).toEqual([1, 2].map(() => ({ email, paid: true, parcels: ["p-1"] })));
    const warnings = warn.mock.calls.map(([message]) => message).filter((message) => message.includes("the context of an instance is"));
    expect(warnings).toEqual([expect.stringContaining('process "order/shipping": the context of an instance is 100,0')]);
  });

  it("does not exist where the process has no context, and what its handlers return is ignored", async () => {
    const { dispatch, instance } = await openSystem(
      defineProcess({ ...base, completedBy: ["OrderDelivered"], on: { OrderPlaced: ({ context }) => ({ ignored: context }) } }),
    );
    await dispatch("OrderPlaced");
    expect(await instance()).toMatchObject({ status: "started", context: undefined });
  });
});

describe("a patch is refused, at once and with nothing half done, if it", () => {
  it.each<readonly [string, unknown, string]>([
    ["is refused by the schema", { paid: "yes" }, "its schema refuses it: paid: "],
    ["is a text", "paid", "returned a string, not an object"],
    ["is what a command resolves with", { commandId: "c-1", dueAt: new Date(0) }, "write braces around the body of the arrow function"],
    ["is null", null, "returned null, not an object"],
    ["is a list", [], "returned an array, not an object"],
    ["holds a Date", { email: new Date(0) }, "context.email is a Date; pass toISOString()"],
    ["has a key that the schema does not keep", { payd: true }, 'no key "payd"'],
    ["makes the context longer than the limit", { email: "x".repeat(1_100_000) }, "limits.context is 1,048,576 bytes"],
  ])("%s", async (_, patch, problem) => {
    const attempts: number[] = [];
    const { test, dispatch, instance, system } = await openSystem(
      defineProcess({
        ...base,
        completedBy: ["OrderDelivered"],
        context: schema,
        on: {
          OrderPlaced: () => ({ paid: true }),
          PaymentReceived: ({ attempt, commands }) => {
            attempts.push(attempt);
            void commands.notify!({ aggregateId: "o-1" });
            return patch as object;
          },
        },
      }),
    );
    await dispatch("OrderPlaced");
    await dispatch("PaymentReceived");
    const items = await system.deadLetters.list();
    expect(items[0]!.error).toMatchObject({ code: "CONTEXT_INVALID" });
    expect(items[0]!.error.message).toContain(problem);
    expect(items[0]!.error.message).toContain('process "order/shipping", aggregate "o-1", on-payment-received');
    expect(await instance()).toMatchObject({ status: "failed", context: { paid: true, email: "" } });
    expect([attempts, test.commands.length]).toEqual([[1], 0]);
  });
});

describe("completeWhen", () => {
  const joined = (completeWhen: (args: { readonly context: { readonly paid: boolean; readonly parcels: readonly string[] } }) => boolean) =>
    defineProcess({
      ...base,
      completedBy: [],
      context: schema,
      completeWhen,
      on: {
        OrderPlaced: () => {},
        PaymentReceived: () => ({ paid: true }),
        ParcelPacked: () => ({ parcels: ["p-1"] }),
      },
    });
  const whenBoth = joined(({ context }) => context.paid && context.parcels.length > 0);

  it.each([
    ["PaymentReceived", "ParcelPacked"],
    ["ParcelPacked", "PaymentReceived"],
  ])("completes the instance when both have come: %s, then %s", async (first, second) => {
    const { dispatch, instance } = await openSystem(whenBoth);
    await dispatch("OrderPlaced");
    await dispatch(first);
    expect((await instance())!.status).toBe("started");
    await dispatch(second);
    expect(await instance()).toMatchObject({ status: "completed", outcome: undefined });
    expect((await instance())!.endedAt).toBeInstanceOf(Date);
  });

  it.each<readonly [string, (args: never) => unknown]>([
    [
      "threw",
      () => {
        throw new TypeError("no such thing");
      },
    ],
    ["returned a number", () => 1],
    ["returned a Promise", async () => Promise.reject(new Error("nobody awaits it"))],
  ])("fails the step without a further attempt if it %s", async (what, completeWhen) => {
    const { dispatch, system } = await openSystem(joined(completeWhen as never));
    await dispatch("OrderPlaced");
    const items = await system.deadLetters.list();
    expect(items[0]!.error).toMatchObject({ code: "COMPLETE_WHEN_INVALID" });
    expect(items[0]!.error.message).toContain(`process "order/shipping": completeWhen ${what}`);
  });
});

describe("an outcome", () => {
  const approval = defineProcess({
    ...base,
    completedBy: { OrderApproved: "approved", OrderRejected: "rejected" },
    on: { OrderApproved: () => {} },
  });

  it.each([
    ["OrderApproved", "approved"],
    ["OrderRejected", "rejected"],
  ])("of %s is %s, on the instance, in the journal, and to be found by", async (type, outcome) => {
    const { dispatch, instance, system } = await openSystem(approval);
    await dispatch("OrderPlaced");
    expect((await instance())!.outcome).toBeUndefined();
    await dispatch(type);
    const { processId } = (await instance())!;
    expect(await instance()).toMatchObject({ status: "completed", outcome });
    expect((await system.processes.history(processId)).at(-1)).toMatchObject({ kind: "completed", outcome });
    expect((await system.processes.find({ outcome })).map((found) => found.processId)).toEqual([processId]);
    expect([...(await system.processes.find({ outcome: "other" }))]).toEqual([]);
  });
});

describe("a definition is refused whose context", () => {
  it.each<readonly [string, unknown, string]>([
    ["schema refuses {}", z.object({ email: z.string() }), "{}, is not accepted: its schema refuses it: email: "],
    ["is not a schema", { email: "" }, "context has to be a Standard Schema"],
    ["is not an object", z.unknown().transform(() => "text"), "makes a string of it, not an object"],
    ["is not JSON", z.object({ at: z.date().default(new Date(0)) }), "context.at is a Date"],
    ["schema does not accept its own output", z.object({ n: z.string().default("1").transform(Number) }), "does not keep what it has made"],
    [
      "schema throws",
      z.object({}).refine(() => {
        throw new Error("boom");
      }),
      "throws: boom",
    ],
  ])("%s", async (_, context, problem) => {
    const definition = defineProcess({ ...base, completedBy: [], context: context as never, on: {} });
    const opened = createTestSystem({ definitions: [definition], logger: silentLogger });
    await expect(opened).rejects.toThrow(problem);
    await expect(opened).rejects.toThrow('defineProcess("order/shipping")');
  });
});
