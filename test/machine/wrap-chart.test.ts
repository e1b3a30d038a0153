import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { type AnyStateMachine, assign, createActor, createMachine, getInitialSnapshot, setup, SimulatedClock } from "xstate";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { defineChart, subscription } from "../graph/own/subscription.ts";

const DAY = 86_400_000;

/** A machine that runs on a clock of its own, with the names of the handlers that it has called. */
function run(machine: AnyStateMachine, input?: unknown) {
  const clock = new SimulatedClock();
  const handled: string[] = [];
  const actor = createActor(machine, {
    clock,
    input,
    inspect: (event) => {
      if (event.type === "@xstate.action" && !event.action.type.startsWith("xstate.")) handled.push(event.action.type);
    },
  });
  // An error of what was invoked, in a state without onError, ends an actor. It is in the snapshot.
  actor.subscribe({ error: () => {} });
  actor.start();
  const value = () => actor.getSnapshot().value as unknown;
  return { actor, clock, handled, value, send: (type: string, facts: object = {}) => actor.send({ type, ...facts }) };
}

const start = { payload: { email: "a@example.com" } };

/** An instance of the subscription that waits for its charge. */
function runToCharging() {
  const running = run(compileMachine(defineChart(subscription)));
  running.send("TrialStarted", start);
  running.send("CardAdded");
  running.send("AddressConfirmed");
  return running;
}

describe("the machine of a process with a chart of its own", () => {
  it("has the chart inside of started, with its context, its handlers as actions, and its delays as durations", () => {
    const { actor, clock, handled, value, send } = run(compileMachine(defineChart(subscription)));
    send("TrialStarted", start);
    expect(value()).toEqual({ started: { active: { onboarding: { card: "missing", address: "missing" } } } });
    expect(actor.getSnapshot().context).toEqual({ email: "a@example.com", charges: 0 });
    expect(handled).toEqual(["on-trial-started"]);
    clock.increment(3 * DAY - 1);
    expect(handled).toEqual(["on-trial-started"]);
    clock.increment(1);
    expect(handled).toEqual(["on-trial-started", "sendReminder"]);
  });

  it("reads what a delay turns out to be as the runtime does: a duration, whole milliseconds, or an error that names it", () => {
    const wrap = (delay: () => unknown) => {
      const machine = setup({ delays: { soon: delay as () => number } }).createMachine({
        initial: "open",
        states: { open: { after: { soon: { actions: "sendReminder" } } as never } },
      });
      return compileMachine(defineChart(machine));
    };
    const { clock, handled } = run(wrap(() => "1.5ms"));
    clock.increment(1);
    expect(handled).toEqual([]);
    clock.increment(1);
    expect(handled).toEqual(["sendReminder"]);
    expect(getInitialSnapshot(wrap(() => Number.NaN))).toMatchObject({
      status: "error",
      error: new TypeError('the delay "soon" is NaN, which is not a duration'),
    });
  });

  it("is completed by the final state of the chart, with the output of that", () => {
    const machine = createMachine({
      initial: "open",
      states: { open: { on: { Paid: "paid" } }, paid: { type: "final", output: { sum: 3 } } },
    });
    const { actor, value, send } = run(compileMachine(defineChart(machine)));
    send("Paid");
    expect(value()).toBe("completed");
    expect(actor.getSnapshot()).toMatchObject({ status: "done", output: { sum: 3 } });
  });

  it("gives the machine's own output where that has one, and its input", () => {
    const machine = createMachine({
      context: ({ input }) => ({ sum: (input as { readonly sum: number }).sum }),
      output: ({ context }: { readonly context: { readonly sum: number } }) => `paid ${context.sum}`,
      initial: "open",
      states: { open: { on: { Paid: "paid" } }, paid: { type: "final" } },
    });
    const { actor, send } = run(compileMachine(defineChart(machine)), { sum: 5 });
    send("Paid");
    expect(actor.getSnapshot().output).toBe("paid 5");
  });

  it("ends parallel states of the root together", () => {
    const part = { initial: "open", states: { open: { on: { Paid: "done" } }, done: { type: "final" } } } as const;
    const other = { initial: "open", states: { open: { on: { Sent: "done" } }, done: { type: "final" } } } as const;
    const machine = createMachine({ type: "parallel", states: { payment: part, parcel: other, history: { type: "history" } } });
    const { value, send } = run(compileMachine(defineChart(machine)));
    send("Paid");
    expect(value()).toEqual({ started: { payment: "done", parcel: "open" } });
    send("Sent");
    expect(value()).toBe("completed");
  });

  it.for([
    ["of its own name", createMachine({ initial: "open", states: { open: {} } })],
    [
      "that the chart has at its root",
      createMachine({ initial: "open", after: { "365d": { actions: "sendReminder" } }, states: { open: {} } }),
    ],
    [
      "that the chart defines otherwise",
      setup({ delays: { "365d": 1 } }).createMachine({ initial: "open", states: { open: { after: { "365d": "late" } }, late: {} } }),
    ],
  ] as const)("times out after the timeout of the process, by a delay %s", ([, machine]) => {
    const { clock, value } = run(compileMachine(defineChart(machine)));
    clock.increment(365 * DAY - 1);
    expect(value()).toEqual({ started: expect.any(String) as string });
    clock.increment(1);
    expect(value()).toBe("timed_out");
  });

  it("fails as every process does, and an operator's retry leads back to where it was", () => {
    const { value, send } = runToCharging();
    send("process.failed");
    expect(value()).toBe("failed");
    send("process.resumed");
    expect(value()).toEqual({ started: { active: "charging" } });
  });

  it("waits for what it invokes, whose result comes by the id that it has in the user's machine", () => {
    const { actor, value, send } = runToCharging();
    expect(Object.keys(actor.getSnapshot().children)).toEqual(["0.subscription.active.charging"]);
    expect(actor.getSnapshot().children["0.subscription.active.charging"]!.getSnapshot()).toMatchObject({ status: "active" });
    send("xstate.done.actor.0.subscription.active.charging", { output: {} });
    expect(value()).toEqual({ started: { active: "subscribed" } });
  });

  it("says who it is", () => {
    const { id, config } = compileMachine(defineChart(subscription), { retry: { maxRetries: 2 } });
    expect(id).toBe("customer/subscription");
    expect(config).toMatchObject({
      description: "Started by TrialStarted; completed by its chart.",
      meta: { process: "customer/subscription", startedBy: ["TrialStarted"], timeout: "365d", retry: { maxRetries: 2 } },
    });
  });

  it("takes a machine without states, one without an id, and one that uses the process's name", () => {
    const atomic = run(compileMachine(defineChart(createMachine({ on: { Paid: { actions: "sendReminder" } } }))));
    atomic.send("Paid");
    expect(atomic.handled).toEqual(["sendReminder"]);
    const states = { open: { on: { Paid: "#customer/subscription.paid" } }, paid: {} };
    const namesake = run(compileMachine(defineChart(createMachine({ id: "customer/subscription", initial: "open", states }))));
    namesake.send("Paid");
    expect(namesake.value()).toEqual({ started: "paid" });
  });

  it("keeps the chart's state of a name that it needs itself", () => {
    const machine = createMachine({ initial: "resumed", states: { resumed: { on: { Paid: "paid" } }, paid: {} } });
    const { value, send } = run(compileMachine(defineChart(machine)));
    send("Paid");
    send("process.failed");
    send("process.resumed");
    expect(value()).toEqual({ started: "paid" });
  });
});

const events = ["CardAdded", "AddressConfirmed", "SubscriptionPaused", "SubscriptionResumed", "CardExpired", "SubscriptionCancelled"];

it("the chart inside of started does whatever the user's machine does", () => {
  const delays = Object.fromEntries(["2d", "3d", "10d", "30d", "90d"].map((text) => [text, Number.parseInt(text, 10) * DAY]));
  const own = createMachine(
    subscription.config as unknown as Parameters<typeof createMachine>[0],
    {
      ...(subscription.implementations as object),
      delays: { ...delays, "4w": 28 * DAY },
      actors: compileMachine(defineChart(subscription)).implementations.actors,
      actions: {
        ...subscription.implementations.actions,
        countCharge: assign({ charges: ({ context }) => (context as { charges: number }).charges + 1 }),
      },
    } as Parameters<typeof createMachine>[1],
  );
  const anyStep = fc.oneof(
    fc.constantFrom(...events),
    fc.constantFrom("xstate.done.actor.0.subscription.active.charging", "xstate.error.actor.0.subscription.active.charging"),
    fc.integer({ min: 1, max: 40 }),
  );
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 25 }), (steps) => {
      const [plain, wrapped] = [run(own), run(compileMachine(defineChart(subscription, { timeout: "36500d" })))];
      for (const each of [plain, wrapped]) each.send("TrialStarted", start);
      for (const step of steps) {
        for (const each of [plain, wrapped]) {
          if (typeof step === "number") each.clock.increment(step * DAY);
          else each.send(step);
        }
        const { status } = plain.actor.getSnapshot();
        const isDone = status === "done";
        expect(wrapped.value()).toEqual(isDone ? "completed" : { started: plain.value() });
        expect(wrapped.actor.getSnapshot().context).toEqual(plain.actor.getSnapshot().context);
        expect(wrapped.handled).toEqual(plain.handled);
        expect(wrapped.actor.getSnapshot().status).toBe(status);
        if (status !== "active") break;
      }
    }),
  );
});
