import { defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createAddressing } from "../../../src/restate/wire/addressing.ts";
import { listRoutes } from "../../../src/runtime/decide/router.ts";

interface Declared {
  readonly completedBy?: readonly string[];
  readonly correlate?: Readonly<Record<string, () => string>>;
}

function define(name: string, startedBy: string[], { completedBy = [], ...more }: Declared = {}) {
  return defineProcess({ aggregate: "order", name, startedBy, completedBy, on: {}, ...more });
}

describe("where a dispatched event goes", () => {
  it("is the object of the one process that knows its type", () => {
    const address = createAddressing(listRoutes([define("lifecycle", ["OrderPlaced"]), define("refund", ["RefundAsked"])]));
    expect(address("OrderPlaced")).toEqual({ to: "object", process: "order/lifecycle" });
    expect(address("RefundAsked")).toEqual({ to: "object", process: "order/refund" });
    expect(address("Unheard")).toEqual({ to: "nobody" });
  });

  it("is the intake for every event of processes that share one, however they share it", () => {
    const address = createAddressing(
      listRoutes([
        define("lifecycle", ["OrderPlaced"], { completedBy: ["OrderFulfilled"] }),
        define("refund", ["OrderFulfilled"], { completedBy: ["Refunded"] }),
        define("audit", ["Audited"], { completedBy: ["Refunded"] }),
        define("other", ["OtherBegan"]),
      ]),
    );
    for (const type of ["OrderPlaced", "OrderFulfilled", "Refunded", "Audited"]) expect(address(type)).toEqual({ to: "intake" });
    expect(address("OtherBegan")).toEqual({ to: "object", process: "order/other" });
  });

  it("is the intake for every event of a process that correlates one of them", () => {
    const address = createAddressing(
      listRoutes([define("lifecycle", ["OrderPlaced"], { completedBy: ["ParcelLost"], correlate: { ParcelLost: () => "order-1" } })]),
    );
    expect(address("ParcelLost")).toEqual({ to: "intake" });
    // Otherwise it would overtake a ParcelLost that is still at the intake.
    expect(address("OrderPlaced")).toEqual({ to: "intake" });
  });
});
