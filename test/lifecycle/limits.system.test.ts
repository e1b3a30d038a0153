import { ProcessError } from "perdure";
import type { TestSystemOptions } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { readSize } from "../../src/platform/size.ts";
import { createRecording, defineOrder, type OnHandled, openTestSystem } from "../support/order-process.ts";

const MB = 1_048_576;

/** An order whose handler dispatches `pack` if it is told with what. */
async function open(options: TestSystemOptions = {}, call?: object) {
  const recording = createRecording();
  const pack: OnHandled = ({ event, commands }) =>
    call === undefined ? undefined : commands.pack!({ aggregateId: event.aggregateId, ...call });
  const test = await openTestSystem({
    definitions: [defineOrder(recording, { special: [], does: { OrderPlaced: pack } })],
    commands: { pack: () => {} },
    ...options,
  });
  return { test, system: test.system, handled: recording.ran };
}

const placed = (payload: object = {}) => ({ type: "OrderPlaced", aggregateId: "o-1", payload });

/** The JSON of `{ text }` is eleven bytes longer than its text. */
const ofSize = (bytes: number, character = "x") => ({
  text: character.repeat((bytes - '{"text":""}'.length) / Buffer.byteLength(character)),
});

const refusalOf = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(
    () => new Error("it was accepted"),
    (error: unknown) => error,
  );
  return ProcessError.is(error) ? `${error.code} ${error.message}` : error;
};

describe("a payload", () => {
  it("is accepted up to limits.payload, in bytes of UTF-8, and refused with its size and the limit from there", async () => {
    const { test, system } = await open({ limits: { payload: 1_000 } });
    await test.dispatch(placed(ofSize(1_000)));
    await test.dispatch(placed(ofSize(997, "é")));
    expect(await refusalOf(system.dispatch(placed(ofSize(1_001))))).toMatch(
      /EVENT_PAYLOAD_INVALID event \(OrderPlaced\).*payload.text makes it 1,001 bytes or more as JSON, but limits.payload is 1,000 bytes/,
    );
    expect(await refusalOf(system.dispatch(placed(ofSize(1_001, "é"))))).toMatch(/payload is 1,001 bytes as JSON/);
    // Short as a text, and long as JSON.
    expect(await refusalOf(system.dispatch(placed({ text: "\u0000".repeat(400) })))).toMatch(/payload is 2,411 bytes as JSON/);
    expect(await system.lag()).toMatchObject({ accepted: 2 });
  });

  it("may have 16 MB unless told otherwise", async () => {
    const { system } = await open();
    await expect(system.dispatch(placed(ofSize(16 * MB)))).resolves.toMatchObject({ outcome: "accepted" });
    await expect(system.dispatch(placed(ofSize(16 * MB + 1)))).rejects.toMatchObject({ code: "EVENT_PAYLOAD_INVALID" });
  });

  it("is refused without being written where its text would be longer than any, and where it would never end", async () => {
    const { system } = await open();
    const page = "x".repeat(MB);
    expect(await refusalOf(system.dispatch(placed({ pages: Array.from({ length: 600 }, () => page) })))).toMatch(
      /EVENT_PAYLOAD_INVALID.*payload\.pages\[15\] makes it 16,777,\d+ bytes or more/,
    );
    const doubled = Array.from({ length: 60 }).reduce<unknown>((inner) => [inner, inner], "x");
    expect(await refusalOf(system.dispatch(placed({ doubled })))).toMatch(/EVENT_PAYLOAD_INVALID.*bytes or more/);
    expect(await system.lag()).toMatchObject({ accepted: 0 });
  });

  it("is limited after its schema too, and no schema is asked about one that is too long", async () => {
    let asked = 0;
    const validate = (value: unknown) => ({ value: { text: (value as { text: string }).text.repeat((asked += 1)) } });
    const events = new Map([
      [
        "OrderPlaced",
        { type: "OrderPlaced", schema: { "~standard": { version: 1, vendor: "test", validate } } as const, source: "test", isInCode: true },
      ],
    ]);
    const { checkEvent } = await import("../../src/runtime/check/check-event.ts");
    const check = (payload: object) => {
      const rules = {
        domain: {
          definitions: [],
          events,
          commands: new Map<string, never>(),
          policies: new Map<string, never>(),
          schedules: new Map<string, never>(),
        },
        limits: { payload: 100, context: 1_000, id: 100, events: 1 },
      };
      return () => checkEvent(placed(payload), rules, { now: 0, nextId: () => "e-1" }, { index: 0, count: 1, of: "" });
    };
    expect(check(ofSize(60))).not.toThrow();
    expect(check(ofSize(60))).toThrow(/payload.text makes it 109 bytes or more/);
    expect(check(ofSize(101))).toThrow(/payload.text makes it 101 bytes or more/);
    expect(asked).toBe(2);
  });

  it("of a command is limited in the same way, and fails its step without retries", async () => {
    const { test } = await open({ limits: { payload: 500 } }, { payload: ofSize(501) });
    await test.dispatch(placed());
    expect(test.deadLetters()).toMatchObject([
      {
        attempts: 1,
        error: { code: "COMMAND_PAYLOAD_INVALID", message: expect.stringContaining("limits.payload is 500 bytes") as string },
      },
    ]);
  });

  it("of an event that a command handler returned is limited in the same way", async () => {
    const pack = () => ({ type: "OrderPacked", aggregateId: "o-1", payload: ofSize(501) });
    const { test } = await open({ limits: { payload: 500 }, commands: { pack } }, {});
    await test.dispatch(placed());
    expect(test.deadLetters()).toMatchObject([{ kind: "command", attempts: 1, error: { code: "EVENT_PAYLOAD_INVALID" } }]);
  });
});

describe("an identity", () => {
  it.each(["aggregateId", "eventId", "correlationId", "causationId"])("is refused from limits.id as an event's %s", async (field) => {
    const { system } = await open({ limits: { id: 40 } });
    await expect(system.dispatch({ ...placed(), [field]: "x".repeat(40) })).resolves.toMatchObject({ outcome: "accepted" });
    expect(await refusalOf(system.dispatch({ ...placed(), [field]: `${"x".repeat(39)}é` }))).toMatch(
      `its ${field} is 41 bytes long, and limits.id is 40 bytes`,
    );
  });

  it("may have 1 kB unless told otherwise, and so may a type", async () => {
    const { system } = await open();
    await expect(system.dispatch({ ...placed(), aggregateId: "x".repeat(1_024) })).resolves.toMatchObject({ outcome: "accepted" });
    const type = `O${"x".repeat(MB)}`;
    expect(String(await refusalOf(system.dispatch({ ...placed(), type })))).toMatch(
      /its type is 1,048,577 bytes long, and limits.id is 1,024 bytes/,
    );
    expect(String(await refusalOf(system.dispatch({ ...placed(), type }))).length).toBeLessThan(1_000);
  });

  it.each(["aggregateId", "correlationId", "causationId"])("is refused as a command's %s", async (field) => {
    const { test } = await open({}, { [field]: "x".repeat(1_025) });
    await test.dispatch(placed());
    const message = expect.stringContaining(`its ${field} is 1,025 bytes long, and limits.id is 1,024 bytes`) as string;
    expect(test.deadLetters()).toMatchObject([{ attempts: 1, error: { code: "COMMAND_INVALID", message } }]);
  });
});

describe("a list of events", () => {
  const list = (length: number, of: (index: number) => object = () => ({})) =>
    Array.from({ length }, (_, index) => ({ type: "OrderTouched", aggregateId: `o-${index}`, ...of(index) }));

  it("is refused as a whole from limits.events", async () => {
    const { system } = await open({ limits: { events: 1_000 } });
    await expect(system.dispatch(list(1_000))).resolves.toHaveLength(1_000);
    expect(await refusalOf(system.dispatch(list(1_001)))).toMatch(/EVENT_INVALID 1,001 events in one list, and limits.events is 1,000/);
  });

  it("lets the event loop breathe while it is checked, however long it is or its payloads are", async () => {
    const { system } = await open();
    for (const events of [list(5_000), list(50, () => ({ payload: ofSize(100_000) }))]) {
      let turns = 0;
      let isDone = false;
      const count = () => {
        turns += 1;
        if (!isDone) setImmediate(count);
      };
      setImmediate(count);
      await system.dispatch(events);
      isDone = true;
      expect(turns).toBeGreaterThan(4);
    }
  });

  it("is one commit all the same: nothing of it is accepted if its last event is none, and it is the list that was given", async () => {
    const { system, test, handled } = await open();
    const starting = (index: number) => ({ type: "OrderPlaced", aggregateId: `o-${index}` });
    expect(await refusalOf(system.dispatch([...list(2_500, starting), { type: "OrderPlaced", aggregateId: "" }]))).toMatch(
      /event 2501 of 2501/,
    );
    expect(await system.lag()).toMatchObject({ accepted: 0 });
    const events = list(2_500, starting);
    const receipts = system.dispatch(events);
    events.length = 0;
    expect((await receipts).filter(({ outcome }) => outcome === "accepted")).toHaveLength(2_500);
    await test.settle();
    expect(new Set(handled).size).toBe(2_500);
  });

  it("is refused as a whole where the system stops while it is checked", async () => {
    const { system } = await open();
    const refusal = refusalOf(system.dispatch(list(2_500, (index) => ({ type: "OrderPlaced", aggregateId: `o-${index}` }))));
    await system.stop();
    expect(await refusal).toMatch(/SYSTEM_STOPPED/);
    await system.start();
    expect(await system.lag()).toMatchObject({ accepted: 0, waiting: 0 });
  });
});

it.each<[unknown, number | undefined]>([
  ["16MB", 16 * MB],
  ["1kB", 1_024],
  ["1.5kB", 1_536],
  ["10B", 10],
  ["0B", 0],
  ["1GB", 1_024 * MB],
  [7, 7],
  [7.9, 7],
  ["16", undefined],
  ["16 MB", undefined],
  ["16mb", undefined],
  ["-1kB", undefined],
  ["1e3B", undefined],
  [-1, undefined],
  [Number.NaN, undefined],
  [null, undefined],
  [true, undefined],
])("a size of %j is %j bytes", (size, bytes) => {
  expect(readSize(size)).toBe(bytes);
});
