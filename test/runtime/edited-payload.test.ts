import { describe, expect, test as it } from "vitest";
import { checkEditedPayload } from "../../src/runtime/check/edited-payload.ts";
import { letter as letterRow } from "../../src/store/contract/rows.ts";
import type { DeadLetterRecord } from "../../src/store/dead-letters.ts";
import { addsCurrency, createDomain, createSchema, refuses } from "./domain-of.ts";
import { storedCommand, storedEvent } from "./rows.ts";

const schemas = {
  Plain: undefined,
  Priced: createSchema(addsCurrency),
  Late: createSchema(async (value) => addsCurrency(value)),
  Refused: createSchema(refuses),
};
const rules = {
  domain: createDomain({ events: schemas, commands: schemas }),
  limits: { payload: 100, context: 1_000_000, id: 40, events: 10 },
};

function letter(kind: DeadLetterRecord["kind"], type: string): DeadLetterRecord {
  const subject = JSON.stringify(kind === "command" ? storedCommand({ type }) : storedEvent({ type }));
  return letterRow({ process: "order/order-lifecycle", kind, subject });
}

const codeOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe.each(["event", "correlation", "command"] as const)("the edited payload of a letter of kind %s", (kind) => {
  it("is what its schema makes of it", async () => {
    expect(checkEditedPayload(letter(kind, "Plain"), '{"cents":7}', rules)).toBe('{"cents":7}');
    expect(checkEditedPayload(letter(kind, "Priced"), '{"cents":7}', rules)).toBe('{"cents":7,"currency":"EUR"}');
    await expect(checkEditedPayload(letter(kind, "Late"), '{"cents":7}', rules)).resolves.toBe('{"cents":7,"currency":"EUR"}');
  });

  it("is refused with the issues of its schema, for its size, and where it is no object and nothing describes it", () => {
    const code = kind === "command" ? "COMMAND_PAYLOAD_INVALID" : "EVENT_PAYLOAD_INVALID";
    expect(() => checkEditedPayload(letter(kind, "Refused"), "{}", rules)).toThrow(/dead letter "d-1", .*expected a number/);
    for (const [type, payload] of [
      ["Refused", "{}"],
      ["Plain", JSON.stringify({ text: "x".repeat(100) })],
      ["Plain", "7"],
      ["Unknown", "null"],
    ] as const) {
      expect(codeOf(() => checkEditedPayload(letter(kind, type), payload, rules))).toBe(code);
    }
  });
});

it.each([
  ["timed_out", "OrderLifecycleTimedOut"],
  ["failed", "OrderLifecycleFailed"],
  ["timer", "OrderLifecycleTimer"],
  ["event", "OrderLifecycleInvocationSettled"],
] as const)("the payload of %s %s is Perdure's own, so that nobody edits it", (kind, type) => {
  expect(codeOf(() => checkEditedPayload(letter(kind, type), "{}", rules))).toBe("SETTLEMENT_REFUSED");
});
