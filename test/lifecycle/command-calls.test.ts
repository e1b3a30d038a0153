import { defineProcess, type HandlerArgs } from "perdure";
import { describe, expect, test as it } from "vitest";
import { openTestSystem } from "../support/order-process.ts";

type Call = (args: HandlerArgs<Record<string, unknown>>) => object;

const START = Date.parse("2026-01-01T00:00:00Z");

/** What came of one call of `commands.inform` in the handler of an event with that payload, and of `correlationId` if one is given. */
async function callWith(payload: object, call: Call, event: { readonly correlationId?: string } = {}) {
  const flight = defineProcess({
    aggregate: "flight",
    name: "watch",
    startedBy: ["FlightDelayed"],
    completedBy: [],
    timeout: "7d",
    // Called as a program in JavaScript may call it.
    on: { FlightDelayed: async (args: HandlerArgs<Record<string, unknown>>) => void (await args.commands.inform!(call(args) as never)) },
  });
  const test = await openTestSystem({ definitions: [flight], commands: { inform: () => {} } });
  await test.dispatch({ type: "FlightDelayed", aggregateId: "f-1", eventId: "e-1", payload, ...event });
  const [letter] = test.deadLetters();
  const [command] = test.commands();
  return letter === undefined ? command : `${letter.error.code} after ${letter.attempts}: ${letter.error.message}`;
}

const spread: Call = ({ event }) => ({ aggregateId: event.aggregateId, ...event.payload });

describe("a payload that is spread into a command's options", () => {
  it.each<[string, object]>([
    ["delay", { flight: "LH1", delay: 45 }],
    ["delay", { flight: "LH1", delay: "45 minutes" }],
    ["delay", { flight: "LH1", delay: null }],
    ["delay", { delay: "2h" }],
    ["aggregateId", { flight: "LH1", aggregateId: "somebody-else" }],
    ["correlationId", { flight: "LH1", correlationId: "c-7" }],
    ["correlationId", { flight: "LH1", correlationId: 7 }],
    ["causationId", { flight: "LH1", causationId: "e-7" }],
    ["payload", { payload: { seat: "1A" } }],
    ["payload", { payload: { seat: "1A" }, delay: 45 }],
  ])("is refused where its field %s would be taken for the option: %j", async (field, payload) => {
    const message = await callWith(payload, spread);
    expect(message).toMatch(
      new RegExp(
        `^COMMAND_INVALID after 1: process "flight/watch", aggregate "f-1", on-flight-delayed: command "inform": it has ${field} of the event's own payload`,
      ),
    );
    expect(message).toMatch(
      field === "payload"
        ? /Pass payload: event\.payload if/
        : /Call commands\.inform\(\{ aggregateId, payload: \{ … \} \}\), with \w+ inside of payload if it is a field/,
    );
  });

  it.each<[string, Call]>([
    ["some of its fields are left out", ({ event: { aggregateId, payload } }) => ({ aggregateId, ...payload, gate: undefined })],
    ["others are changed on the way", ({ event: { aggregateId, payload } }) => ({ aggregateId, ...payload, flight: "LH2" })],
    [
      "a rest of it is spread",
      ({
        event: {
          aggregateId,
          payload: { gate: _gate, ...rest },
        },
      }) => ({ aggregateId, ...rest }),
    ],
  ])("is refused also where %s", async (_, call) => {
    expect(await callWith({ flight: "LH1", gate: "A1", delay: "45m" }, call)).toMatch(
      /COMMAND_INVALID .* it has delay of the event's own payload/,
    );
  });

  it("is refused where it has a field payload beside others, since these would be lost", async () => {
    const message = await callWith({ flight: "LH1", payload: { seat: "1A" } }, spread);
    expect(message).toMatch(/COMMAND_INVALID .* it has a payload, and beside it "flight", which is not an option/);
  });

  it("is taken where the options say what holds without them", async () => {
    const payload = { flight: "LH1", aggregateId: "f-1", correlationId: "e-1", causationId: "e-1" };
    expect(await callWith(payload, spread)).toMatchObject({
      aggregateId: "f-1",
      correlationId: "e-1",
      causationId: "e-1",
      payload: { flight: "LH1" },
    });
    expect(await callWith({ correlationId: "c-1" }, spread, { correlationId: "c-1" })).toMatchObject({ correlationId: "c-1", payload: {} });
  });

  it("arrives whole in the form with a payload, whatever its fields are called", async () => {
    const payload = { flight: "LH1", delay: 45, aggregateId: "somebody-else", correlationId: 7, causationId: "x", payload: { payload: 1 } };
    const command = await callWith(payload, ({ event }) => ({ aggregateId: event.aggregateId, delay: "1m", payload: event.payload }));
    expect(command).toMatchObject({ aggregateId: "f-1", delay: "1m", correlationId: "e-1", causationId: "e-1", payload });
  });
});

describe("an option that is meant", () => {
  it("may come from the event's payload where no other field of it does", async () => {
    const call: Call = ({ event: { payload } }) => ({
      aggregateId: payload["aggregateId"],
      delay: payload["delay"],
      correlationId: payload["correlationId"],
      text: "late",
    });
    const command = await callWith({ flight: "LH1", aggregateId: "crew-1", delay: "2h", correlationId: "c-1" }, call);
    expect(command).toMatchObject({
      aggregateId: "crew-1",
      correlationId: "c-1",
      dueAt: new Date(START + 7_200_000),
      payload: { text: "late" },
    });
  });

  it("may have another value than the payload's field of its name", async () => {
    const command = await callWith({ flight: "LH1", delay: 45 }, ({ event: { aggregateId, payload } }) => ({
      aggregateId,
      delay: "1m",
      flight: payload["flight"],
    }));
    expect(command).toMatchObject({ dueAt: new Date(START + 60_000), payload: { flight: "LH1" } });
  });

  it("may come from the payload together with anything in the form with a payload", async () => {
    const call: Call = ({ event: { payload } }) => ({
      aggregateId: payload["aggregateId"],
      delay: payload["delay"],
      payload: { flight: payload["flight"] },
    });
    const command = await callWith({ flight: "LH1", aggregateId: "crew-1", delay: "2h" }, call);
    expect(command).toMatchObject({ aggregateId: "crew-1", dueAt: new Date(START + 7_200_000), payload: { flight: "LH1" } });
  });

  it("may be an inner payload where the rest of the event's payload stays behind, or as a copy", async () => {
    expect(
      await callWith({ kind: "envelope", payload: { seat: "1A" } }, ({ event: { aggregateId, payload } }) => ({
        aggregateId,
        payload: payload["payload"],
      })),
    ).toMatchObject({ payload: { seat: "1A" } });
    expect(
      await callWith({ payload: { seat: "1A" } }, ({ event: { aggregateId, payload } }) => ({
        aggregateId,
        payload: { ...(payload["payload"] as object) },
      })),
    ).toMatchObject({ payload: { seat: "1A" } });
  });
});

describe("a call that is none", () => {
  it.each<[string, Call, RegExp]>([
    [
      "an option is misspelt beside a payload",
      () => ({ aggregateId: "f-1", dealy: "1m", payload: {} }),
      /beside it "dealy", which is not an option; did you mean delay\?/,
    ],
    [
      "a field stands beside a payload",
      () => ({ aggregateId: "f-1", seat: "1A", payload: {} }),
      /beside it "seat", which is not an option\n/,
    ],
    [
      "the payload is no object",
      () => ({ aggregateId: "f-1", payload: 5 }),
      /COMMAND_PAYLOAD_INVALID .*payload is a number, not an object/,
    ],
    ["the payload is null", () => ({ aggregateId: "f-1", payload: null }), /COMMAND_PAYLOAD_INVALID .*payload is null, not an object/],
    ["an identity is no text", () => ({ aggregateId: "f-1", correlationId: 7 }), /its correlationId is the number 7, not a text/],
    ["an identity is empty", () => ({ aggregateId: "f-1", causationId: "" }), /its causationId is an empty text/],
    [
      "an identity cannot be stored as it is",
      () => ({ aggregateId: "broken \ud800" }),
      /its aggregateId is not a text that UTF-8 can write/,
    ],
    ["the aggregate is missing", () => ({ payload: {} }), /its aggregateId is missing/],
    ["it has a list", () => [], /it is called without a plain object/],
    [
      "it has an object of a class",
      () =>
        new (class Order {
          aggregateId = "f-1";
        })(),
      /it is called without a plain object/,
    ],
  ])("is refused where %s", async (_, call, message) => {
    expect(await callWith({ flight: "LH1" }, call)).toMatch(message);
  });

  it("is not made of a payload that is undefined: the flat form is", async () => {
    expect(await callWith({}, () => ({ aggregateId: "f-1", payload: undefined, seat: "1A" }))).toMatchObject({ payload: { seat: "1A" } });
  });
});
