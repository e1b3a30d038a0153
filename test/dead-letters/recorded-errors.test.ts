import { connect } from "node:net";
import { once } from "node:events";
import type { ErrorRecord } from "perdure";
import { describe, expect, test as it } from "vitest";
import { openOrderSystem } from "../support/order-process.ts";

/** What the letter keeps of what `fail` throws, or rejects with. */
async function recordFailure(fail: () => unknown): Promise<ErrorRecord> {
  const { test } = await openOrderSystem({
    does: { OrderPlaced: fail },
    special: [],
    system: { processes: { retry: { retryStrategy: "none" } } },
  });
  await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  const [letter] = test.deadLetters();
  expect((await test.system.processes.history(letter!.processId)).at(-1)!.error).toEqual(letter!.error);
  return letter!.error;
}

const recordThrown = (error: unknown) =>
  recordFailure(() => {
    throw error;
  });

describe("the error of a dead letter", () => {
  it("tells of each error of an AggregateError, and its message says them where it has none", async () => {
    const mirrors = [new Error("mirror A: 503"), Object.assign(new Error("mirror B: certificate expired"), { code: "CERT_HAS_EXPIRED" })];
    expect(await recordThrown(new AggregateError(mirrors))).toMatchObject({
      name: "AggregateError",
      message: "mirror A: 503; mirror B: certificate expired",
      errors: [
        { message: "mirror A: 503", stack: expect.stringContaining("recorded-errors") as string },
        { message: "mirror B: certificate expired", code: "CERT_HAS_EXPIRED" },
      ],
    });
    const named = await recordThrown(new AggregateError(mirrors, "no mirror answers"));
    expect(named).toMatchObject({ message: "no mirror answers", errors: [{}, {}] });
  });

  it("says that a service is down although net gives an AggregateError without a message", async () => {
    const addresses = [
      { address: "127.0.0.1", family: 4 },
      { address: "127.0.0.2", family: 4 },
    ];
    const error = await recordFailure(async () => {
      const socket = connect({
        host: "localhost",
        port: 1,
        autoSelectFamily: true,
        lookup: (_host, _options, found) => (found as (error: null, all: unknown) => void)(null, addresses),
      });
      await once(socket, "connect");
    });
    expect(error).toMatchObject({
      code: "ECONNREFUSED",
      message: "connect ECONNREFUSED 127.0.0.1:1; connect ECONNREFUSED 127.0.0.2:1",
      errors: [{ code: "ECONNREFUSED", properties: { syscall: "connect", port: 1 } }, { properties: { address: "127.0.0.2" } }],
    });
  });

  it("keeps a code and a status that are numbers, and what the error carries of its own", async () => {
    const response = {
      data: { field: "iban", message: "is closed" },
      at: new Date(0),
      headers: new Map([["authorization", "secret"]]),
      size: 3n,
      retry: () => {},
      none: undefined,
    };
    const own = { status: 422, code: 13, response, original: new TypeError("bad iban"), ["__proto__x"]: 1 };
    const error = await recordThrown(Object.assign(new Error("Request failed with status code 422"), own));
    expect(error).toMatchObject({ message: "Request failed with status code 422", status: 422, code: 13 });
    expect(error.properties).toEqual({
      response: {
        data: { field: "iban", message: "is closed" },
        at: "1970-01-01T00:00:00.000Z",
        headers: "[Map]",
        size: "3",
        retry: "[function retry]",
      },
      original: "bad iban",
      ["__proto__x"]: 1,
    });
  });

  it("takes an object that is no Error, and has a message, for one", async () => {
    expect(await recordThrown({ message: "no such table", code: "42P01", hint: "create it" })).toEqual({
      name: "Error",
      message: "no such table",
      code: "42P01",
      properties: { hint: "create it" },
    });
    expect(await recordThrown({ reason: "none", ratio: Number.NaN })).toEqual({
      name: "Thrown object",
      message: '{"reason":"none","ratio":"NaN"}',
    });
  });

  it("follows causes ten deep, and says that they go on", async () => {
    const chain = Array.from({ length: 30 }).reduce<Error | undefined>(
      (cause, _, depth) => new Error(`depth ${30 - depth}`, { cause }),
      undefined,
    );
    const messages: string[] = [];
    for (let error: ErrorRecord | undefined = await recordThrown(chain); error !== undefined; error = error.cause)
      messages.push(error.message);
    expect(messages).toEqual([...Array.from({ length: 11 }, (_, index) => `depth ${index + 1}`), "its causes go on"]);
  });

  it("is cut where it is long, wide or deep, and says so", async () => {
    const long = await recordThrown(new Error("x".repeat(5_000_000)));
    expect(long.message).toBe(`${"x".repeat(10_000)}… (4,990,000 more characters)`);
    expect(long.stack).toMatch(/^Error: x{200}…\n\s+at .*recorded-errors/);

    const many = await recordThrown(new AggregateError(Array.from({ length: 1_000 }, (_, index) => new Error(`error ${index}`))));
    expect(many.errors).toHaveLength(21);
    expect(many.errors!.at(-1)).toEqual({ name: "…", message: "980 more errors" });
    expect(many.message).toBe("error 0; error 1; error 2; error 3; error 4; …");

    const nest = (depth: number): unknown => (depth === 0 ? "x".repeat(2_000) : Array.from({ length: 60 }, () => nest(depth - 1)));
    const wide = await recordThrown(Object.assign(new Error("wide"), { rows: nest(1), code: "E_WIDE", next: 1, tree: nest(3), last: 1 }));
    expect(wide.code).toBe("E_WIDE");
    expect(wide.properties).toMatchObject({ next: 1, "…": "1 more" });
    expect(wide.properties!["rows"]).toEqual([
      ...Array.from({ length: 20 }, () => `${"x".repeat(1_000)}… (1,000 more characters)`),
      "… (40 more)",
    ]);
    expect(JSON.stringify(wide).length).toBeLessThan(45_000);

    const deep = await recordThrown(Object.assign(new Error("deep"), { a: { b: { c: { d: { e: { f: 1 } } } } } }));
    expect(deep.properties).toEqual({ a: { b: { c: { d: { e: "{…}" } } } } });
  });

  it("stays small with many errors of many errors, each with much to say", async () => {
    const grow = (depth: number): Error =>
      Object.assign(new AggregateError(depth === 0 ? [] : Array.from({ length: 25 }, () => grow(depth - 1)), "y".repeat(3_000)), {
        payload: "z".repeat(3_000),
      });
    expect(JSON.stringify(await recordThrown(grow(3))).length).toBeLessThan(60_000);
  });
});
