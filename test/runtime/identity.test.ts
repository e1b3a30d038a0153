import { describe, expect, test as it } from "vitest";
import { deriveId } from "../../src/platform/ids.ts";
import { createIdentities } from "../../src/runtime/decide/identity.ts";
import type { StoredEvent } from "../../src/store/events.ts";

const key = (aggregateId: string) => ({ process: "order/order-lifecycle", aggregateId });

const accepted = (position: number, eventId: string): StoredEvent => ({
  position,
  eventId,
  type: "OrderPlaced",
  aggregateId: "any",
  payload: "{}",
  occurredAt: 0,
  acceptedAt: 1_000,
  correlationId: null,
  causationId: null,
});

describe("the identities of a step", () => {
  const { nameInstance, nameStep } = createIdentities(0);

  it("are the same each time", () => {
    expect(nameStep(key("left"), accepted(1, "e-1"), 0)).toBe(nameStep(key("left"), accepted(1, "e-1"), 0));
    expect(nameInstance(key("left"), accepted(1, "e-1"))).toBe(nameInstance(key("left"), accepted(1, "e-1")));
  });

  it("differ for another aggregate, process, position, event or retry, also where each key counts for itself", () => {
    const steps = [
      nameStep(key("left"), accepted(1, "e-1"), 0),
      nameStep(key("right"), accepted(1, "e-1"), 0),
      nameStep({ ...key("left"), process: "order/other" }, accepted(1, "e-1"), 0),
      nameStep(key("left"), accepted(2, "e-1"), 0),
      nameStep(key("left"), accepted(1, "e-2"), 0),
      nameStep(key("left"), accepted(1, "e-1"), 1),
    ];
    expect(new Set(steps).size).toBe(steps.length);
    const instances = ["left", "right"].map((aggregateId) => nameInstance(key(aggregateId), accepted(1, "e-1")));
    expect(new Set(instances).size).toBe(2);
  });

  it("do not take one aggregate for another whose name goes on like the rest of the identity", () => {
    expect(nameStep(key("a/1"), accepted(2, "e"), 0)).not.toBe(nameStep(key("a"), accepted(1, "2/e"), 0));
  });
});

describe("the identities of events that a version up to schema 4 has accepted", () => {
  it("stay what they were", () => {
    const { nameInstance, nameStep } = createIdentities(7);
    expect(nameStep(key("left"), accepted(7, "e-1"), 2)).toBe(deriveId("order/order-lifecycle/7/e-1/2"));
    expect(nameStep(key("left"), accepted(8, "e-1"), 2)).not.toBe(deriveId("order/order-lifecycle/8/e-1/2"));
    expect(nameInstance(key("left"), accepted(7, "e-1"))).toBe(nameInstance(key("right"), accepted(7, "e-1")));
  });
});
