import type { ProcessError } from "perdure";
import { describe, expect, test as it } from "vitest";
import { checkEvent, type EventDefaults } from "../../src/runtime/check/check-event.ts";
import { addsCurrency, createDomain, createSchema, refuses, type Schemas } from "./domain-of.ts";

const NOW = Date.UTC(2026, 0, 2);
const limits = { payload: 100, context: 1_000, id: 40, events: 10 };

const check = (input: unknown, { schemas = {}, ...defaults }: Partial<EventDefaults> & { readonly schemas?: Schemas } = {}) =>
  checkEvent(
    input,
    { domain: createDomain({ events: schemas }), limits },
    { now: NOW, nextId: () => "made", ...defaults },
    { index: 1, count: 3, of: "" },
  );

/** The error with which an event is refused, at once or later. */
async function refusalOf(...args: Parameters<typeof check>): Promise<ProcessError> {
  try {
    await check(...args);
  } catch (error) {
    return error as ProcessError;
  }
  throw new Error("it was not refused");
}

const placed = { type: "OrderPlaced", aggregateId: "o-1" };

describe("an event that can be stored", () => {
  it("gets what it does not say: an id, its moments, an empty payload and no chain", () => {
    expect(check(placed)).toEqual({
      eventId: "made",
      type: "OrderPlaced",
      aggregateId: "o-1",
      payload: "{}",
      occurredAt: NOW,
      acceptedAt: NOW,
      correlationId: null,
      causationId: null,
    });
  });

  it("keeps what it says, also where there are defaults", () => {
    const own = { eventId: "e-1", correlationId: "c-1", causationId: "c-2" };
    expect(check({ ...placed, ...own }, { correlationId: "x", causationId: "y" })).toMatchObject(own);
  });

  it("belongs to the chain of the command that returned it", () => {
    const chain = { correlationId: "x", causationId: "y" };
    expect(check(placed, chain)).toMatchObject(chain);
  });

  it.each<[string, unknown, number]>([
    ["a Date", new Date(5), 5],
    ["milliseconds", 5, 5],
    ["a moment in UTC", "2026-01-01T00:00:00Z", Date.UTC(2026, 0, 1)],
    ["a moment with its zone", "2026-01-01T02:00:00+02:00", Date.UTC(2026, 0, 1)],
    ["a date", "2026-01-01", Date.UTC(2026, 0, 1)],
    ["nothing", undefined, NOW],
  ])("occurred when %s says", (_, occurredAt, moment) => {
    expect(check({ ...placed, occurredAt })).toMatchObject({ occurredAt: moment, acceptedAt: NOW });
  });

  it("keeps what its schema makes of its payload, at once or later", async () => {
    const payload = { cents: 1 };
    const kept = { payload: '{"cents":1,"currency":"EUR"}' };
    expect(check({ ...placed, payload }, { schemas: { OrderPlaced: createSchema(addsCurrency) } })).toMatchObject(kept);
    const later = check({ ...placed, payload }, { schemas: { OrderPlaced: createSchema(async (value) => addsCurrency(value)) } });
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toMatchObject(kept);
  });
});

describe("an event that is refused", () => {
  it.each<[string, unknown, string]>([
    ["nothing", undefined, ""],
    ["a text", "OrderPlaced", ""],
    ["a list", [placed], ""],
    ["no type", { aggregateId: "o-1" }, "type"],
    ["a type that is no text", { ...placed, type: 7 }, "type"],
    ["a type in another case", { ...placed, type: "order-placed" }, "OrderPlaced"],
    ["no aggregate", { type: "OrderPlaced" }, "aggregateId"],
    ["an empty aggregate", { ...placed, aggregateId: "" }, "aggregateId"],
    ["half of a surrogate pair", { ...placed, aggregateId: "\uD800" }, "aggregateId"],
    ["an id that is too long", { ...placed, eventId: "e".repeat(41) }, "eventId"],
    ["a correlation that is no text", { ...placed, correlationId: 7 }, "correlationId"],
    ["a causation that is null", { ...placed, causationId: null }, "causationId"],
    ["a moment without its zone", { ...placed, occurredAt: "2026-01-01T00:00:00" }, "occurredAt"],
    ["a day that no month has", { ...placed, occurredAt: "2026-02-30" }, "occurredAt"],
    ["a moment beyond all dates", { ...placed, occurredAt: 8.64e15 + 1 }, "occurredAt"],
    ["a field by another name", { ...placed, data: {} }, "payload"],
    ["a field with a slip", { ...placed, agregateId: "o-1" }, "aggregateId"],
  ])("for %s names its place and the field", async (_, input, named) => {
    const error = await refusalOf(input);
    expect(error).toMatchObject({ code: "EVENT_INVALID", details: { index: 1, problem: expect.stringContaining(named) as string } });
    expect(error.message).toContain("event 2 of 3");
    expect(error.message).toContain(named);
  });

  it("says which event it was, and nothing of what it came with", async () => {
    const { details } = await refusalOf({ ...placed, eventId: "e-1", payload: { email: "ada@example.org" }, data: { name: "Ada" } });
    expect(details).toEqual({ index: 1, type: "OrderPlaced", aggregateId: "o-1", eventId: "e-1", problem: expect.any(String) as string });
    for (const input of [
      { email: "Ada" },
      ["Ada"],
      "Ada",
      { ...placed, aggregateId: "A".repeat(5_000) },
      { ...placed, eventId: { of: "Ada" } },
    ]) {
      const error = await refusalOf(input);
      expect(JSON.stringify([error.message, error.details])).not.toMatch(/Ada|A{9}/);
    }
  });

  it.each<[string, unknown, Schemas]>([
    ["is no object", "text", {}],
    ["is a list", [], {}],
    ["holds what JSON has not", { total: 10n }, {}],
    ["is larger than the limit", { text: "x".repeat(100) }, {}],
    ["its schema refuses", {}, { OrderPlaced: createSchema(refuses) }],
    ["its schema refuses later", {}, { OrderPlaced: createSchema(async () => refuses()) }],
    ["is no JSON, whatever its schema makes of it", { total: 10n }, { OrderPlaced: createSchema(() => ({ value: {} })) }],
    ["its schema makes too large", {}, { OrderPlaced: createSchema(() => ({ value: { text: "x".repeat(100) } })) }],
  ])("for a payload that %s names its place and its aggregate", async (_, payload, schemas) => {
    const error = await refusalOf({ ...placed, payload }, { schemas });
    expect(error).toMatchObject({ code: "EVENT_PAYLOAD_INVALID", details: { index: 1, type: "OrderPlaced", aggregateId: "o-1" } });
    expect(error.message).toContain('event 2 of 3 (OrderPlaced), aggregate "o-1"');
  });

  const fail = (thrown: unknown) => () => {
    throw thrown;
  };
  it.each<[string, Parameters<typeof createSchema>[0], string, unknown]>([
    ["an error", fail(new Error("no database")), "its schema throws: no database", new Error("no database")],
    ["null", fail(null), "its schema throws: null", null],
    ["an error later", () => Promise.reject(new Error("no database")), "its schema throws: no database", new Error("no database")],
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what the test is about
    ["nothing later", () => Promise.reject(undefined), "its schema throws: undefined", undefined],
    ["by answering nothing", () => undefined as never, "its schema throws: Cannot read properties of undefined", expect.any(TypeError)],
  ])("says what was thrown where its schema throws %s", async (_, validate, problem, cause) => {
    const error = await refusalOf(placed, { schemas: { OrderPlaced: createSchema(validate) } });
    expect(error).toMatchObject({ code: "EVENT_PAYLOAD_INVALID", details: { index: 1, type: "OrderPlaced", aggregateId: "o-1" } });
    expect(error.problem).toContain(`event 2 of 3 (OrderPlaced), aggregate "o-1": ${problem}`);
    expect(error.cause).toEqual(cause);
  });
});
