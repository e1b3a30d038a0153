import { type Commands, defineProcess, type HandlerArgs } from "perdure";
import { createTestSystem, testProcess } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { z } from "zod";

/*
 * A membership that is renewed, as in MassTransit's examples of a state machine with a schedule: each payment moves the end of the membership
 * on and the reminder with it, a pause stops the clock, and a member who leaves is not reminded any more.
 */

const context = z.object({ payments: z.number().default(0) });

type Args<Payload = unknown> = HandlerArgs<Payload, string, Commands, Readonly<z.output<typeof context>>>;

/** The reminder comes three days before the end, and there is one at a time. */
const renew = async ({ event: { aggregateId }, process, commands, context }: Args) => {
  process.timeout.moveTo("30d");
  await commands.remind!({ aggregateId, delay: "27d", key: "reminder", payload: { payments: context.payments + 1 } });
  return { payments: context.payments + 1 };
};

const membership = defineProcess({
  aggregate: "member",
  name: "membership",
  startedBy: ["MemberJoined"],
  completedBy: { MemberLeft: "left" },
  context,
  timeout: "30d",
  on: {
    MemberJoined: renew,
    MembershipPaid: renew,
    MembershipPaused: async ({ process }: Args) => {
      process.timeout.cancel();
      await process.withdraw("reminder");
    },
    MemberLeft: async ({ process }: Args) => {
      await process.withdraw("reminder");
    },
  },
  onTimedOut: async ({ event, commands }) => {
    await commands.closeAccount!({ aggregateId: event.aggregateId });
  },
});

const joined = { type: "MemberJoined" };
const paid = { type: "MembershipPaid" };
const paused = { type: "MembershipPaused" };

describe("a membership", () => {
  const test = testProcess(membership);

  it("ends a month after the last payment, and not after the first", async () => {
    await test
      .given(joined, "20d")
      .when(paid)
      .then({ status: "started", timeout: "30d", withdrawn: ["remind"], commands: [{ type: "remind", delay: "27d", key: "reminder" }] });
    await test.given(joined, "20d", paid).when("29d").then({ status: "started", timeout: "1d", withdrawn: [] });
    await test
      .given(joined, "20d", paid, "29d")
      .when("1d")
      .then({ status: "timed_out", commands: ["closeAccount"] });
  });

  it("does not end while it is paused, and goes on with the next payment", async () => {
    await test
      .given(joined)
      .when(paused)
      .then({ timeout: null, withdrawn: ["remind"], timers: [] });
    await test.given(joined, paused).when("300d").then({ status: "started", commands: [] });
    await test
      .given(joined, paused, "300d")
      .when(paid)
      .then({
        timeout: "30d",
        timers: [
          { kind: "command", in: "27d" },
          { kind: "timeout", in: "30d" },
        ],
      });
  });

  it("is not reminded of once its member has left", () =>
    test
      .given(joined)
      .when({ type: "MemberLeft" })
      .then({ status: "completed", outcome: "left", timeout: null, withdrawn: ["remind"], timers: [] }));

  it("has one reminder for each month that was not paid early, in the whole system", async () => {
    const done: string[] = [];
    await using club = await createTestSystem({
      definitions: [membership],
      commands: {
        remind: ({ command }) => void done.push(`reminder after ${(command.payload as { payments: number }).payments}`),
        closeAccount: () => void done.push("closed"),
      },
    });
    await club.dispatch({ ...joined, aggregateId: "m-1" });
    await club.advance("10d");
    await club.dispatch({ ...paid, aggregateId: "m-1" });
    await club.restart();
    await club.advance("28d");
    await club.dispatch({ ...paid, aggregateId: "m-1" });
    await club.advance("60d");
    expect(done).toEqual(["reminder after 2", "reminder after 3", "closed"]);
  });
});
