import { defineProcess } from "perdure";
import { createTestSystem } from "perdure/testing";
import { expect, test as it } from "vitest";
import { createMachine, type InspectionEvent } from "xstate";

const machine = createMachine({
  id: "payment",
  context: { reminders: 0 },
  initial: "asked",
  states: {
    asked: {
      type: "parallel",
      on: { PaymentAsked: {}, Paid: "paid" },
      states: { card: { initial: "unknown", states: { unknown: { on: { CardGiven: "known" } }, known: {} } }, mail: {} },
    },
    paid: { type: "final" },
  },
});

function definePayment(chart: typeof machine) {
  return defineProcess({
    aggregate: "order",
    name: "payment",
    startedBy: ["PaymentAsked"],
    timeout: "30d",
    machine: chart,
    actions: {},
  });
}

it("an inspector is told where an instance stands in its own chart, by snapshots of the machine that it is given", async () => {
  const told: InspectionEvent[] = [];
  await using test = await createTestSystem({
    definitions: [definePayment(machine)],
    commands: {},
    inspect: (event: InspectionEvent) => void told.push(event),
  });
  for (const type of ["PaymentAsked", "CardGiven", "Paid"]) await test.dispatch({ type, aggregateId: "o-1" });
  const snapshots = told.flatMap((event) => (event.type === "@xstate.snapshot" ? [event] : []));
  const asked = (card: string) => ({ started: { asked: { card, mail: {} } } });
  expect(snapshots.map(({ event, snapshot }) => [event.type, (snapshot as { readonly value?: unknown }).value])).toEqual([
    ["xstate.init", asked("unknown")],
    ["PaymentAsked", asked("unknown")],
    ["CardGiven", asked("known")],
    ["Paid", "completed"],
  ]);
  for (const { actorRef } of snapshots)
    expect((actorRef as unknown as { readonly logic: unknown }).logic).toBe(test.system.machines["order/payment"]);
  expect(snapshots.at(-1)!.snapshot).toMatchObject({ status: "done", context: { reminders: 0 } });
});

it("the timeout of a process is told by the event that the machine has for it", async () => {
  const told: string[] = [];
  const early = createMachine({ initial: "asked", after: { "60d": { actions: [] } }, states: { asked: { on: { PaymentAsked: {} } } } });
  await using test = await createTestSystem({
    definitions: [definePayment(early as unknown as typeof machine)],
    commands: {},
    inspect: (event: InspectionEvent) => void (event.type === "@xstate.event" && told.push(event.event.type)),
  });
  await test.dispatch({ type: "PaymentAsked", aggregateId: "o-1" });
  await test.advance("30d");
  expect(told.at(-1)).toBe("xstate.after.30d.(machine)");
});
