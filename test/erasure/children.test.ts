import { defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { fromPromise, setup } from "xstate";
import { openTestSystem } from "../support/order-process.ts";
import { SECRET } from "./customers.ts";

interface Card {
  readonly card: string;
}

const unused = fromPromise<unknown, Card>(() => Promise.reject(new Error("it is there for its types alone")));

/** An order whose state `paying` is another process, and whose context and history say the secret. */
const machine = setup({
  types: { context: {} as Card, events: {} as { type: "OrderPlaced" } },
  actors: { "order/payment": unused },
}).createMachine({
  id: "order",
  initial: "paying",
  context: ({ input }) => ({ card: (input as Card).card }),
  states: {
    paying: { invoke: { src: "order/payment", input: ({ context }) => ({ card: context.card }), onDone: "paid" } },
    paid: { type: "final" },
  },
});

describe("erasing an aggregate whose chart has invoked another process", () => {
  it("erases what that process keeps, and is refused while that is open", async () => {
    const test = await openTestSystem({
      definitions: [
        defineProcess({ aggregate: "order", name: "checkout", startedBy: ["OrderPlaced"], machine, timeout: "30d" }),
        defineProcess({
          aggregate: "order",
          name: "payment",
          startedBy: ["PaymentAsked"],
          completedBy: ["PaymentMade"],
          timeout: "1d",
          context: { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value: value as Partial<Card> }) } },
          on: { PaymentAsked: ({ event }) => event.payload as Card },
        }),
      ],
    });
    const { processes } = test.system;
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1", payload: { card: SECRET } });
    const [child] = await processes.find({ process: "order/payment" });
    expect(child).toMatchObject({ status: "started", context: { card: SECRET } });
    await expect(processes.erase({ aggregateId: "o-1" })).rejects.toThrow(`instance ${child!.processId} of order/payment is open`);
    await test.dispatch({ type: "PaymentMade", aggregateId: child!.aggregateId });
    expect(await processes.erase({ aggregateId: "o-1" })).toMatchObject({ instances: 2 });
    const found = await processes.find();
    const histories = await Promise.all(found.map(({ processId }) => processes.history(processId)));
    expect(found.map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect(JSON.stringify([found, histories])).not.toContain(SECRET);
  });
});
