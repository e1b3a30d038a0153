import { type Commands, defineProcess, type HandlerArgs } from "perdure";
import { createTestSystem, testProcess } from "perdure/testing";
import "perdure/testing/vitest";
import { describe, expect, test as it } from "vitest";
import { z } from "zod";

/*
 * An account is opened, as in Temporal's example of a saga: its address, its mail address and its bank account are added one after the
 * other, each at another service. If one of them refuses, what was added is taken back, the last first.
 */

const steps = ["address", "mail", "bank"] as const;

const context = z.object({ added: z.array(z.enum(steps)).default([]), why: z.string().default("") });

type Args<Payload> = HandlerArgs<Payload, string, Commands, Readonly<z.output<typeof context>>>;

const takeBack = async (commands: Commands, aggregateId: string, added: readonly string[]) => {
  for (const step of added.toReversed()) await commands.remove!({ aggregateId, step });
};

const opening = defineProcess({
  aggregate: "account",
  name: "opening",
  startedBy: ["AccountRequested"],
  completedBy: { AccountRefused: "refused" },
  context,
  completeWhen: ({ context }) => context.added.length === steps.length,
  timeout: "1h",
  on: {
    AccountRequested: async ({ event, commands }: Args<unknown>) => {
      await commands.add!({ aggregateId: event.aggregateId, step: steps[0] });
    },
    StepAdded: async ({ event, context, commands }: Args<{ step: (typeof steps)[number] }>) => {
      if (context.added.includes(event.payload.step)) return undefined;
      const added = [...context.added, event.payload.step];
      const next = steps[added.length];
      if (next !== undefined) await commands.add!({ aggregateId: event.aggregateId, step: next });
      return { added };
    },
    AccountRefused: async ({ event, context, commands }: Args<{ why: string }>) => {
      await takeBack(commands, event.aggregateId, context.added);
      return { added: [], why: event.payload.why };
    },
  },
  onTimedOut: async ({ event, context, commands }) => {
    await takeBack(commands, event.aggregateId, context.added);
    return { added: [], why: "it took too long" };
  },
});

const requested = { type: "AccountRequested" };
const added = (step: string) => ({ type: "StepAdded", payload: { step } });
const refused = { type: "AccountRefused", payload: { why: "no such bank" } };
const removals = (...names: readonly string[]) => names.map((step) => ({ type: "remove", payload: { step } }));

describe("an account that is opened", () => {
  const test = testProcess(opening);

  it("has its parts added one after the other", async () => {
    await test.when(requested).then({ commands: [{ type: "add", payload: { step: "address" } }] });
    await test
      .given(requested, added("address"))
      .when(added("mail"))
      .then({ status: "started", commands: [{ type: "add", payload: { step: "bank" } }], context: { added: ["address", "mail"] } });
    await test.given(requested, added("address"), added("mail")).when(added("bank")).then({ status: "completed", outcome: null });
  });

  it("is taken back if a service refuses, the last part first", () =>
    test
      .given(requested, added("address"), added("mail"))
      .when(refused)
      .then({
        status: "completed",
        outcome: "refused",
        commands: removals("mail", "address"),
        context: { added: [], why: "no such bank" },
      }));

  it("is taken back after an hour in which nobody has answered", () =>
    test
      .given(requested, added("address"))
      .when("1h")
      .then({ status: "timed_out", commands: removals("address"), context: { why: "it took too long" } }));

  it("does not begin a part twice when its answer comes twice", () =>
    test
      .given(requested, added("address"))
      .when(added("address"))
      .then({ status: "started", commands: [], context: { added: ["address"] } }));

  it("ends so in the whole system, where the services are asked", async () => {
    const done: string[] = [];
    const say = (what: string) => void done.push(what);
    await using bank = await createTestSystem({
      definitions: [opening],
      commands: {
        add: ({ command: { aggregateId, payload } }) => {
          const { step } = payload as { step: string };
          if (step === "bank" && aggregateId === "unlucky") return { ...refused, aggregateId };
          say(`${aggregateId} +${step}`);
          return { ...added(step), aggregateId };
        },
        remove: ({ command: { aggregateId, payload } }) => say(`${aggregateId} -${(payload as { step: string }).step}`),
      },
    });
    for (const aggregateId of ["lucky", "unlucky"]) await bank.dispatch({ ...requested, aggregateId });
    await bank.settle();
    expect(done.filter((what) => what.startsWith("unlucky"))).toEqual([
      "unlucky +address",
      "unlucky +mail",
      "unlucky -mail",
      "unlucky -address",
    ]);
    expect(bank).toHaveContext({ added: ["address", "mail", "bank"] }, "lucky");
    expect(bank).toHaveOutcome("refused", "unlucky");
  });
});
