import { type Commands, defineProcess, type HandlerArgs } from "perdure";
import { testProcess, verifyPaths } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { z } from "zod";

/*
 * A person approves, as in the human approval of Step Functions: a request is sent to somebody, who answers yes or no, or does not answer.
 * An expensive request needs two who say yes; one who says no is enough to end it.
 */

const context = z.object({ needed: z.number().default(1), yes: z.array(z.string()).default([]), no: z.string().nullable().default(null) });

type Args<Payload> = HandlerArgs<Payload, string, Commands, Readonly<z.output<typeof context>>>;

const approval = defineProcess({
  aggregate: "request",
  name: "approval",
  startedBy: ["ApprovalRequested"],
  completedBy: { RequestRejected: "rejected", RequestWithdrawn: "withdrawn" },
  context,
  completeWhen: ({ context }) => context.yes.length >= context.needed,
  timeout: "3d",
  on: {
    ApprovalRequested: async ({ event, commands }: Args<{ cents: number }>) => {
      const { aggregateId, payload } = event;
      await commands.askManagers!({ aggregateId });
      await commands.remindManagers!({ aggregateId, delay: "2d" });
      return { needed: payload.cents > 100_000 ? 2 : 1 };
    },
    RequestApproved: async ({ event, context, commands }: Args<{ by: string }>) => {
      const yes = [...new Set([...context.yes, event.payload.by])];
      if (yes.length >= context.needed) await commands.pay!({ aggregateId: event.aggregateId, approvedBy: yes });
      return { yes };
    },
    RequestRejected: ({ event }: Args<{ by: string }>) => ({ no: event.payload.by }),
  },
  onTimedOut: async ({ event, context, commands }) => {
    await commands.escalate!({ aggregateId: event.aggregateId, yes: context.yes });
  },
});

const cheap = { type: "ApprovalRequested", payload: { cents: 5_000 } };
const expensive = { type: "ApprovalRequested", payload: { cents: 500_000 } };
const yes = (by: string) => ({ type: "RequestApproved", payload: { by } });
const no = (by: string) => ({ type: "RequestRejected", payload: { by } });

describe("a request that somebody has to approve", () => {
  const test = testProcess(approval);

  it("is paid when a manager says yes", () =>
    test
      .given(cheap, "1d")
      .when(yes("ada"))
      .then({ status: "completed", commands: [{ type: "pay", payload: { approvedBy: ["ada"] } }] }));

  it("needs two if it is expensive, and one who says yes twice is one", async () => {
    await test.given(expensive, yes("ada")).when(yes("ada")).then({ status: "started", commands: [] });
    await test
      .given(expensive, yes("ada"))
      .when(yes("ben"))
      .then({ status: "completed", commands: ["pay"] });
  });

  it("is rejected by one who says no, even after another has said yes", () =>
    test
      .given(expensive, yes("ada"))
      .when(no("ben"))
      .then({ status: "completed", outcome: "rejected", commands: [], context: { yes: ["ada"], no: "ben" } }));

  it("does not hear an answer that comes after the end", async () => {
    await test.given(cheap, no("ada")).when(yes("ben")).then({ status: "completed", outcome: "rejected", commands: [] });
    await test
      .given(cheap, yes("ada"))
      .when(no("ben"))
      .then({ status: "completed", outcome: null, context: { no: null } });
  });

  it("can be withdrawn", () =>
    test.given(cheap).when({ type: "RequestWithdrawn" }).then({ status: "completed", outcome: "withdrawn", commands: [] }));

  it("goes to somebody else when nobody has answered for three days", () =>
    test
      .given(expensive, yes("ada"))
      .when("3d")
      .then({ status: "timed_out", commands: [{ type: "escalate", payload: { yes: ["ada"] } }], outcome: null }));

  it("comes to its end through crashes, restarts and doubled events", async () => {
    const events = [expensive, yes("ada"), yes("ben"), no("cleo")];
    const paths = await verifyPaths(approval, { events, patienceMs: 20_000 });
    expect(paths.map(({ status }) => status)).toContain("completed");
  });
});
