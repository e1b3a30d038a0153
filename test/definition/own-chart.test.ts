import { expect, test } from "vitest";
import { adviseDomain } from "../../src/definition/check/check-advice.ts";
import { defineProcess } from "../../src/definition/define-process.ts";
import type { ChartMachine } from "../../src/definition/types/chart-types.ts";
import { codesOf, diagnose, load } from "./domain-folder.ts";
import { assign, createActor, emit, enqueueActions, fromPromise, not, raise, sendTo, setup, spawnChild } from "xstate";

// Files of a temporary folder find no packages by name.
const xstate = import.meta.resolve("xstate");
const folder = "order/processes/payment";
const index = `export const config = ({ events }) => ({ startedBy: [events.OrderPlaced], timeout: "7d" });\n`;
const handler = "export async function handler({ event, context, params, commands }) {}\n";
const machineOf = (config: string, parts = "{}") =>
  `import { assign, createMachine, setup } from "${xstate}";\nexport const machine = setup(${parts}).createMachine(${config});\n`;

/** A process folder without a mistake that has a chart. */
const payment = {
  [`${folder}/index.ts`]: index,
  [`${folder}/machine.ts`]: machineOf(
    `{
      initial: "awaiting",
      states: {
        awaiting: {
          after: { "3d": { actions: { type: "sendReminder", params: { days: 3 } } } },
          on: { OrderPlaced: { actions: "on-order-placed" }, OrderPaid: "charging" },
        },
        charging: { invoke: { src: "chargeCard", onDone: "paid", onError: "awaiting" } },
        paid: { type: "final" },
      },
    }`,
    `{ actions: { sendReminder: (_, params) => { /* a file does it */ }, "on-order-placed"() {
      // so does this one
    } } }`,
  ),
  [`${folder}/actions/send-reminder.ts`]: `/** Reminds the customer. */\n${handler}`,
  [`${folder}/on-order-placed.ts`]: handler,
  [`${folder}/on-payment-timed-out.ts`]: handler,
  "order/commands/charge-card.ts": "export async function handler({ command }) {}\n",
};

test("a folder with a machine has a chart, with the handlers of its actions by name", async () => {
  const { domain, diagnostics } = await load(payment);
  expect(diagnostics).toEqual([]);
  const [definition] = domain.definitions;
  const { chart, handlers, timedOut, completedBy } = definition!;
  expect([...chart!.actions].map(([name, action]) => [name, action.name, action.description])).toEqual([
    ["on-order-placed", "on-order-placed", undefined],
    ["sendReminder", "send-reminder", "Reminds the customer."],
  ]);
  expect({ events: chart!.events, invoked: chart!.invoked, handlers: handlers.size, timedOut: timedOut?.name, completedBy }).toEqual({
    events: ["OrderPlaced", "OrderPaid"],
    invoked: ["chargeCard"],
    handlers: 0,
    timedOut: "on-payment-timed-out",
    completedBy: [],
  });
});

/** A process in code whose machine is `machine`; what is wrong with it besides is not there. */
const inCode = (machine: unknown, change: object = {}) =>
  defineProcess({
    aggregate: "order",
    name: "payment",
    startedBy: ["OrderPlaced"],
    timeout: "7d",
    machine: machine as ChartMachine,
    ...change,
  });

const diagnoseMachine = (machine: unknown, change: object = {}) =>
  diagnose({}, { domain: [], definitions: [inCode(machine, change)], dispatchCommand: () => {} });

const waiting = { on: { OrderPaid: "paid" } };
const paid = { type: "final" } as const;
const around = (state: object, more: object = {}) => ({ initial: "waiting", states: { waiting: { ...waiting, ...state }, paid }, ...more });
const noop = () => {};
const tell = () => console.log("told");

interface BadMachine {
  readonly machine: () => unknown;
  readonly change?: object;
  readonly code?: string;
  readonly reason: string;
  readonly fix: string;
}

const refused = "MACHINE_CONSTRUCT_REFUSED";

// Configs are `never`, because TypeScript refuses some of them already.
const make = (config: object, parts: object = {}) => setup(parts as never).createMachine(config as never);

const badMachines: Readonly<Record<string, BadMachine>> = {
  "a machine of XState 4": {
    machine: () => ({ __xstatenode: true, states: {}, withConfig: noop, initialState: {} }),
    code: "MACHINE_INVALID",
    reason: "a machine of an older XState",
    fix: "setup({ … }).createMachine(",
  },
  "the config of a machine": {
    machine: () => around({}),
    code: "MACHINE_INVALID",
    reason: "a plain object, the config of a machine",
    fix: "createMachine({ … })",
  },
  "a promise of a machine": {
    machine: () => Promise.resolve(make(around({}))),
    code: "MACHINE_INVALID",
    reason: "a promise",
    fix: "Await it",
  },
  "an actor": { machine: () => createActor(make(around({}))), code: "MACHINE_INVALID", reason: "an actor", fix: "createActor" },
  "what setup returns": { machine: () => setup({}), code: "MACHINE_INVALID", reason: "what setup returns", fix: "Call createMachine" },
  "logic of another kind": {
    machine: () => fromPromise(async () => 1),
    code: "MACHINE_INVALID",
    reason: "actor logic of another kind",
    fix: "Export a machine",
  },
  "something else": { machine: () => 5, code: "MACHINE_INVALID", reason: "is the number 5", fix: "setup({ … })" },
  "an initial state that is not there": {
    machine: () => make({ initial: "nowhere", states: { waiting: {} } }),
    code: "MACHINE_INVALID",
    reason: 'Initial state node "nowhere" not found',
    fix: "Correct the state",
  },
  "an inline action": {
    machine: () => make(around({ entry: tell })),
    reason: "entry of the state waiting has an action that is a function",
    fix: 'actions: "tell", and move what it does into the handler of actions/tell.ts',
  },
  "an inline action without a name": {
    machine: () => make(around({ on: { OrderPaid: { target: "paid", actions: [() => console.log("paid")] } } })),
    reason: "OrderPaid in the state waiting has an action that is a function",
    fix: 'actions: "sendReminder"',
  },
  "an inline action among the actions of an initial transition": {
    machine: () => make({ initial: { target: "waiting", actions: [tell] }, states: { waiting, paid } }),
    reason: "initial of the chart itself has an action that is a function",
    fix: "actions/tell.ts",
  },
  "an action with an implementation": {
    machine: () => make(around({ exit: "sendReceipt" }), { actions: { sendReceipt: tell } }),
    reason: "the action sendReceipt (exit of the state waiting) has an implementation",
    fix: 'Write "sendReceipt": () => {} in setup({ actions }), and move what it does into the handler of actions/send-receipt.ts',
  },
  "an action by an asynchronous function": {
    machine: () => make(around({ exit: "sendReceipt" }), { actions: { sendReceipt: async () => Promise.resolve(1) } }),
    reason: "sendReceipt",
    fix: "actions/send-receipt.ts",
  },
  sendTo: {
    machine: () => make(around({ entry: sendTo("other", { type: "OrderPaid" }) })),
    reason: "sendTo in entry of the state waiting reaches another actor",
    fix: 'raise({ type: "StockReserved" })',
  },
  "sendTo under a name": {
    machine: () => make(around({ entry: "inform" }), { actions: { inform: sendTo("other", { type: "OrderPaid" }) } }),
    reason: "sendTo in inform, entry of the state waiting",
    fix: "dispatch a command in its handler",
  },
  emit: { machine: () => make(around({ entry: emit({ type: "told" }) })), reason: "emit in entry", fix: "Name an action" },
  spawnChild: {
    machine: () => make(around({ entry: spawnChild(fromPromise(async () => 1)) })),
    reason: "spawnChild in entry of the state waiting",
    fix: 'invoke: { src: "reserveStock" }',
  },
  "spawn in assign": {
    machine: () => make(around({ entry: assign({ child: ({ spawn }: { readonly spawn: (src: string) => unknown }) => spawn("worker") }) })),
    reason: "assign in entry of the state waiting calls spawn",
    fix: "Invoke the work in a state",
  },
  "spawn in the context": {
    machine: () => make(around({}, { context: ({ spawn }: { readonly spawn: (src: string) => unknown }) => ({ child: spawn("worker") }) })),
    reason: "the context calls spawn",
    fix: "Invoke the work in a state",
  },
  "an invocation of logic": {
    machine: () => make(around({ invoke: { src: fromPromise(async () => 1) } })),
    reason: "the state waiting invokes logic",
    fix: 'invoke: { src: "reserveStock", input: … }',
  },
  "an invocation without a source": {
    machine: () => make(around({ invoke: { input: {} } })),
    reason: "whose src is not a text, but undefined",
    fix: "Invoke a command by its name",
  },
  "an invocation with onSnapshot": {
    machine: () => make(around({ invoke: { src: "reserveStock", onSnapshot: "paid" } })),
    reason: "the state waiting has an invocation with onSnapshot",
    fix: "Use onDone",
  },
  "an invocation with systemId": {
    machine: () => make(around({ invoke: { src: "reserveStock", systemId: "stock" } })),
    reason: "the state waiting has an invocation with systemId",
    fix: "Remove systemId",
  },
  "two invocations that run side by side under one id": {
    machine: () =>
      make({
        type: "parallel",
        states: {
          card: { initial: "asking", states: { asking: { invoke: { id: "ask", src: "askCard", onDone: "done" } }, done: paid } },
          address: { initial: "asking", states: { asking: { invoke: { id: "ask", src: "askAddress", onDone: "done" } }, done: paid } },
        },
      }),
    reason: 'the state address.asking and the state card.asking have invocations with the id "ask"',
    fix: "Give each an id of its own",
  },
  "an after that never comes": {
    machine: () => make(around({ after: { Infinity: "paid" } })),
    reason: "after in the state waiting: the number Infinity, which is longer than ten thousand years",
    fix: "Leave the transition out",
  },
  "an after of no time": { machine: () => make(around({ after: { 0: "paid" } })), reason: "not longer than zero", fix: "Use always" },
  "an after of no time in words": {
    machine: () => make(around({ after: { "0s": "paid" } })),
    reason: '"0s", which is not longer than zero',
    fix: "1 ms and longer",
  },
  "an after of less than no time": {
    machine: () => make(around({ after: { "-5": "paid" } })),
    reason: "not longer than zero",
    fix: "Use always",
  },
  "an after that nobody understands": {
    machine: () => make(around({ after: { "3 days": "paid" } })),
    reason: 'after in the state waiting: "3 days" is neither a duration nor the name of a delay',
    fix: "setup({ delays:",
  },
  "a named delay that nobody understands": {
    machine: () => make(around({ after: { soon: "paid" } }), { delays: { soon: "3 days" } }),
    reason: 'the delay soon is "3 days", which is not a duration',
    fix: "Give it milliseconds",
  },
  "a raise after an unknown delay": {
    machine: () => make(around({ entry: raise({ type: "OrderPaid" }, { delay: "soon" } as never) })),
    reason: 'raise in entry of the state waiting: "soon" is neither a duration',
    fix: "setup({ delays:",
  },
  "a context that is not JSON": {
    machine: () => make(around({}, { context: { since: new Date(0) } })),
    reason: "context.since is a Date",
    fix: "Keep texts, numbers",
  },
  "a context that is a list": { machine: () => make(around({}, { context: [] })), reason: "context is an array", fix: "plain objects" },
  "an action with a name of another kind": {
    machine: () => make(around({ entry: "Send reminder" })),
    code: "ACTION_NAME_INVALID",
    reason: '"Send reminder" (entry of the state waiting)',
    fix: "Rename it to sendReminder; its handler is in actions/send-reminder.ts",
  },
  "two actions that differ in capitals only": {
    machine: () => make(around({ entry: ["sendSms", "sendSMS"] })),
    change: { actions: { sendSms: noop, sendSMS: noop } },
    code: "ACTION_NAME_INVALID",
    reason: "the actions sendSms and sendSMS differ in capitals only",
    fix: "Write one of the two names",
  },
  "any event": { machine: () => make(around({ on: { "*": "paid" } })), reason: 'the state waiting reacts to "*"', fix: "Name each event" },
  "events of a kind": { machine: () => make(around({ on: { "order.*": "paid" } })), reason: '"order.*"', fix: "Name each event" },
  "an event in capitals": {
    machine: () => make(around({ on: { ORDER_PAID: "paid" } })),
    code: "EVENT_NAME_INVALID",
    reason: 'the state waiting reacts to "ORDER_PAID"',
    fix: 'Write "OrderPaid"',
  },
  "an event in parts": {
    machine: () => make(around({ on: { "order.paid": "paid" } })),
    code: "EVENT_NAME_INVALID",
    reason: '"order.paid"',
    fix: 'Write "OrderPaid"',
  },
  "a route": {
    machine: () =>
      make({ initial: "waiting", states: { waiting, paid, refused: { id: "refused", route: {}, on: { OrderPaid: "paid" } } } }),
    reason: "the chart itself has states with route",
    fix: "Write a transition",
  },
  "a guard that nothing defines": {
    machine: () => make(around({ always: { target: "paid", guard: "isPaid" } })),
    reason: "always in the state waiting has the guard isPaid",
    fix: "setup({ guards: { isPaid:",
  },
  "a guard that nothing defines within another": {
    machine: () => make(around({ always: { target: "paid", guard: not("isOpen") } })),
    reason: "the guard isOpen",
    fix: "setup({ guards: { isOpen:",
  },
  "a start state that is final": {
    machine: () => make({ initial: "paid", states: { paid } }),
    reason: "the chart begins in the state paid, which is final",
    fix: "Let initial name the state",
  },
  "regions that are all final at the start": {
    machine: () => make({ type: "parallel", states: { card: { initial: "given", states: { given: paid } } } }),
    reason: "which is final",
    fix: "Let initial name the state",
  },
  "an action without a handler": {
    machine: () => make(around({ entry: "sendReceipt" })),
    code: "ACTION_UNHANDLED",
    reason: "the chart has the action sendReceipt, and no handler is for it",
    fix: "Write actions: { sendReceipt: async (",
  },
  "a handler with a misspelt action": {
    machine: () => make(around({ entry: "sendReceipt" })),
    change: { actions: { sendReciept: noop } },
    code: "ACTION_UNHANDLED",
    reason: "the action sendReceipt",
    fix: "Rename sendReciept in actions to sendReceipt",
  },
  "a handler without an action": {
    machine: () => make(around({})),
    change: { actions: { sendReceipt: noop } },
    code: "ACTION_UNKNOWN",
    reason: "the chart has no action sendReceipt",
    fix: 'Name it in the machine, such as entry: "sendReceipt"',
  },
  "an action that only enqueueActions may name": {
    machine: () => make(around({ entry: enqueueActions(noop) }), { actions: { sendReceipt: noop } }),
    code: "ACTION_UNHANDLED",
    reason: "the action sendReceipt",
    fix: "sendReceipt",
  },
  "completedBy beside it": {
    machine: () => make(around({})),
    change: { completedBy: ["OrderPaid"] },
    code: "MACHINE_CONFLICT",
    reason: "completedBy is given, but the process has a machine",
    fix: "Remove completedBy",
  },
  "completeWhen beside it": {
    machine: () => make(around({})),
    change: { completeWhen: () => true },
    code: "MACHINE_CONFLICT",
    reason: "completeWhen is given",
    fix: "Remove completeWhen",
  },
  "handlers of events beside it": {
    machine: () => make(around({})),
    change: { on: {} },
    code: "MACHINE_CONFLICT",
    reason: "on is given",
    fix: "give its handler in actions",
  },
  "a list of events beside it": {
    machine: () => make(around({})),
    change: { events: ["OrderPlaced"] },
    code: "MACHINE_CONFLICT",
    reason: "events is given",
    fix: "Remove events",
  },
  "a key of the index that its context does not have": {
    machine: () => make(around({}, { context: { total: 0 } })),
    change: { index: ["totl"] },
    code: "CONTEXT_INDEX_UNKNOWN",
    reason: 'did you mean "total"?',
    fix: "in the context of the machine",
  },
  "an event in correlate that it does not know": {
    machine: () => make(around({})),
    change: { correlate: { OrderPaids: () => "o-1" } },
    code: "CORRELATE_INVALID",
    reason: "did you mean OrderPaid?",
    fix: "Write OrderPaid",
  },
  "the event that the process itself makes": {
    machine: () => make(around({ on: { PaymentTimedOut: "paid" } })),
    code: "EVENT_RESERVED",
    reason: "the chart reacts to PaymentTimedOut",
    fix: "timed-out handler",
  },
  "actions that are no object": {
    machine: () => make(around({})),
    change: { actions: [noop] },
    code: "HANDLER_INVALID",
    reason: "actions has to be an object of handlers by action, but is an array",
    fix: "actions: { sendReminder:",
  },
  "an action's handler that is no function": {
    machine: () => make(around({ entry: "sendReceipt" })),
    change: { actions: { sendReceipt: "later" } },
    code: "HANDLER_INVALID",
    reason: 'actions.sendReceipt has to be a function, but is the string "later"',
    fix: "Write sendReceipt: async",
  },
};

test.for(Object.entries(badMachines))("reports a machine with %s", async ([, { machine, change, code = refused, reason, fix }]) => {
  const found = (await diagnoseMachine(machine(), change)).filter((diagnostic) => diagnostic.code === code);
  expect(found).toMatchObject([
    { file: 'defineProcess("order/payment")', reason: expect.stringContaining(reason), fix: expect.stringContaining(fix) },
  ]);
});

test("a machine that only names what it does has no problem", async () => {
  const machine = setup({
    types: { context: {} as { reminders: number }, events: {} as { type: "OrderPaid" } | { type: "next" } },
    actions: {
      count: assign({ reminders: ({ context }) => context.reminders + 1 }),
      sendReceipt: (_args, _params: { readonly copies: number }) => {},
      // A function that has nothing but a comment in it.
      async notifyWarehouse() {
        /* the handler does it */
      },
    },
    delays: { soon: 60_000, later: ({ context }) => context.reminders * 1000 },
    guards: { isLate: ({ context }) => context.reminders > 2 },
  }).createMachine({
    context: { reminders: 0 },
    initial: "waiting",
    states: {
      waiting: {
        entry: ["count", raise({ type: "next" }, { delay: "soon" })],
        exit: { type: "sendReceipt", params: { copies: 2 } },
        on: { OrderPaid: "paid", next: "late" },
        after: { later: "late", 500: "late", ...({ "1.5h": "late" } as object) },
      },
      late: { entry: "notifyWarehouse", always: { guard: not("isLate"), target: "waiting" }, on: { OrderPaid: "paid" } },
      paid: { type: "final" },
    },
  });
  expect(codesOf(await diagnoseMachine(machine, { actions: { sendReceipt: noop, notifyWarehouse: noop } }))).toEqual([]);
});

test("everything that is wrong with a folder's machine is reported at once, each with its file", async () => {
  const diagnostics = await diagnose({
    ...payment,
    [`${folder}/machine.ts`]: machineOf(
      `{
        context: { since: new Date(0) },
        initial: "awaiting",
        states: {
          awaiting: { entry: () => console.log("in"), after: { Infinity: "paid" }, on: { ORDER_PAID: "paid" }, exit: ["sendReciept", "sendReminder"] },
          paid: { type: "final" },
        },
      }`,
    ),
    [`${folder}/context.ts`]: "export const context = 1;\n",
    [`${folder}/actions/send-receipt.ts`]: handler,
    [`${folder}/actions/on-order-paid.ts`]: handler,
    [`${folder}/actions/tellCustomer.ts`]: handler,
    [`${folder}/index.ts`]: index.replace("timeout", "completedBy: [events.OrderPaid], timeout"),
  });
  const found = diagnostics.map(({ code, file }) => `${code} ${file.slice(file.indexOf(folder) + folder.length)}`);
  expect(found.toSorted()).toEqual([
    "ACTION_UNHANDLED /machine.ts",
    "ACTION_UNKNOWN /on-order-placed.ts",
    "EVENT_NAME_INVALID /machine.ts",
    "EVENT_UNKNOWN /index.ts",
    "FILE_UNEXPECTED /actions/on-order-paid.ts",
    "MACHINE_CONFLICT /context.ts",
    "MACHINE_CONFLICT /index.ts",
    "MACHINE_CONSTRUCT_REFUSED /machine.ts",
    "MACHINE_CONSTRUCT_REFUSED /machine.ts",
    "MACHINE_CONSTRUCT_REFUSED /machine.ts",
    "NAME_NOT_KEBAB_CASE /actions/tellCustomer.ts",
  ]);
  expect(diagnostics.find(({ code }) => code === "ACTION_UNHANDLED")?.fix).toMatch(
    /Rename .*send-receipt\.ts to .*send-reciept\.ts, or create/,
  );
});

const advise = async (machine: unknown, change: object = {}) => {
  const { domain, diagnostics } = await load(
    {},
    { domain: [], definitions: [inCode(machine, { onTimedOut: noop, onFailed: noop, ...change })] },
  );
  return [...diagnostics, ...adviseDomain(domain)].map(({ code, reason }) => [code, reason]);
};

test("states that no transition leads to, and an output that is no text, are advice", async () => {
  const machine = make({
    initial: "waiting",
    states: {
      waiting: { on: { OrderPaid: "#recent" } },
      lost: { initial: "inside", states: { inside: { on: { OrderPaid: "#paid" } } } },
      again: { id: "recent", type: "history", target: "resting" },
      resting: { on: { OrderPaid: "both.left.late" } },
      both: {
        type: "parallel",
        onDone: "paid",
        states: {
          left: { initial: "early", states: { early: { on: { OrderPaid: "late" } }, late: paid } },
          right: { initial: "early", states: { early: { on: { OrderPaid: "late" } }, late: paid, later: {} } },
        },
      },
      paid: { id: "paid", type: "final", output: { amount: 3 } },
    },
  });
  expect(await advise(machine)).toEqual([
    [
      "OUTCOME_INVALID",
      "the output of the state paid is an object, which is no text, number or boolean, so that the outcome is the name of the final state",
    ],
    ["STATE_UNREACHABLE", "no transition leads to the state lost"],
    ["STATE_UNREACHABLE", "no transition leads to the state both.right.later"],
  ]);
});

test("a chart without a way to its end is advice, and a warning at each start if there is no timeout either", async () => {
  const endless = make({
    initial: "waiting",
    states: { waiting: { on: { OrderPaid: "paid" } }, paid: { on: { OrderPlaced: "waiting" } } },
  });
  const reason = "no way through the chart leads to its end";
  expect(await advise(endless)).toEqual([["NEVER_COMPLETED", `${reason}, so every instance times out`]]);
  const withoutTimeout = await advise(endless, { timeout: undefined, onTimedOut: undefined });
  expect(withoutTimeout).toContainEqual(["NEVER_ENDS", `${reason}, and there is no timeout, so instances never end`]);
  expect(withoutTimeout.map(([code]) => code)).toEqual(["NEVER_ENDS", "TIMEOUT_MISSING"]);
});

test("an end that no transition leads to is no end", async () => {
  const machine = make({ initial: "waiting", states: { waiting: { on: { OrderPaid: { actions: [] } } }, paid } });
  expect((await advise(machine)).map(([code]) => code)).toEqual(["STATE_UNREACHABLE", "NEVER_COMPLETED"]);
});

test("whether an action that is refused has a handler is not reported as well", async () => {
  const machine = make(around({ entry: "sendReceipt" }), { actions: { sendReceipt: tell } });
  expect(codesOf(await diagnoseMachine(machine))).toEqual([refused]);
  expect(codesOf(await diagnoseMachine(machine, { actions: { sendReceipt: noop } }))).toEqual([refused]);
});

test("states that nothing leaves are advice where no timeout ends them", async () => {
  const machine = make({
    initial: "asking",
    states: {
      asking: {
        type: "parallel",
        onDone: "paid",
        on: { OrderPlaced: { actions: [] } },
        states: {
          card: { initial: "open", states: { open: { on: { CardGiven: "given", CardRefused: "refused" } }, given: paid, refused: {} } },
          address: { initial: "open", states: { open: { on: { AddressGiven: "given" } }, given: paid } },
        },
      },
      paid,
    },
  });
  const stuck = "nothing leaves the state asking.card.refused, and the process has no timeout, so an instance stays there for ever";
  const stuckOf = async (given: unknown, change: object) => (await advise(given, change)).filter(([code]) => code === "STATE_STUCK");
  expect(await stuckOf(machine, { timeout: undefined })).toEqual([["STATE_STUCK", stuck]]);
  expect(await stuckOf(machine, {})).toEqual([]);
});

test("another region that leads out of a parallel state keeps its states from being stuck", async () => {
  const machine = make({
    initial: "asking",
    states: {
      asking: {
        type: "parallel",
        states: {
          card: { initial: "refused", states: { refused: {} } },
          address: { initial: "open", states: { open: { on: { AddressGiven: "#paid" } } } },
        },
      },
      paid: { id: "paid", type: "final" },
    },
  });
  expect((await advise(machine, { timeout: undefined, onTimedOut: undefined })).map(([code]) => code)).toEqual(["TIMEOUT_MISSING"]);
});

test("events that nobody declares are reported as those of handlers are, unless the chart raises them itself", async () => {
  const machine = setup({}).createMachine({
    initial: "waiting",
    states: {
      waiting: { entry: raise({ type: "OrderCounted" }), on: { OrderCounted: "counted", OrderPayd: "paid" } },
      counted: { after: { 500: "paid" } },
      paid,
    },
  });
  const files = { "order/events/order-placed.ts": "", "order/events/order-paid.ts": "" };
  const diagnostics = await diagnose(files, { definitions: [inCode(machine)] });
  expect(diagnostics).toMatchObject([
    { code: "EVENT_UNDECLARED", reason: "the chart reacts to OrderPayd, which is not declared; did you mean OrderPaid?" },
  ]);
});

test("what a chart invokes has to be there: a command, or another process", async () => {
  const machine = make(around({ invoke: [{ src: "reserveStok" }, { src: "order/refnd" }, { src: "charge card" }] }));
  const refund = defineProcess({ aggregate: "order", name: "refund", startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d", on: {} });
  const diagnostics = await diagnose({}, { domain: [], definitions: [inCode(machine), refund], commands: { reserveStock: noop } });
  expect(diagnostics.map(({ code, reason }) => [code, reason])).toEqual([
    ["INVOCATION_UNKNOWN", 'the chart invokes "reserveStok", and there is no command of that name; did you mean reserveStock?'],
    ["INVOCATION_UNKNOWN", 'the chart invokes "order/refnd", and there is no process of that name; did you mean order/refund?'],
    ["INVOCATION_UNKNOWN", 'the chart invokes "charge card", and there is no command of that name'],
  ]);
  expect(diagnostics.map(({ fix }) => fix)).toEqual([
    'Write src: "reserveStock", or create the command with a file order/commands/reserve-stok.ts, or give it in the option commands.',
    'Write src: "order/refund", or create the folder <domain>/order/processes/refnd.',
    "Name a command in camelCase, such as chargeCard.",
  ]);
});

test("a machine file without a machine says what it exports instead, and its actions are not reported as well", async () => {
  const without = { ...payment, [`${folder}/machine.ts`]: "export const machin = {};\n" };
  expect(await diagnose(without)).toMatchObject([
    {
      code: "MACHINE_INVALID",
      reason: "machine.ts exports no machine; it does export machin",
      fix: expect.stringContaining("Export it by name"),
    },
  ]);
  const { [`${folder}/machine.ts`]: _machine, ...noMachine } = payment;
  expect((await diagnose(noMachine)).filter(({ code }) => code === "FILE_UNEXPECTED")).toMatchObject([
    { reason: "the folder actions holds the handlers of a chart's actions, and the process has no machine.ts" },
  ]);
});
