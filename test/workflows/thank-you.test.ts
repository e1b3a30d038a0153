import { type Commands, defineProcess, type HandlerArgs } from "perdure";
import { testProcess, verifyPaths } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { z } from "zod";

/*
 * A library, as in MassTransit's sample. A member who has reserved a book and has taken it is thanked, in whatever order the library hears
 * of the two: the desk and the web site report on their own. The aggregate is the member together with the book.
 */

const context = z.object({ reservedAt: z.string().nullable().default(null), takenAt: z.string().nullable().default(null) });

type Args<Payload> = HandlerArgs<Payload, string, Commands, Readonly<z.output<typeof context>>>;

const thankYou = defineProcess({
  aggregate: "member",
  name: "thank-you",
  startedBy: ["BookReserved", "BookCheckedOut"],
  completedBy: { ReservationCancelled: "cancelled" },
  context,
  completeWhen: ({ context }) => context.reservedAt !== null && context.takenAt !== null,
  timeout: "30d",
  on: {
    BookReserved: async ({ event, context, commands }: Args<unknown>) => {
      if (context.takenAt !== null) await commands.thank!({ aggregateId: event.aggregateId });
      return { reservedAt: event.occurredAt.toISOString() };
    },
    BookCheckedOut: async ({ event, context, commands }: Args<unknown>) => {
      if (context.reservedAt !== null) await commands.thank!({ aggregateId: event.aggregateId });
      return { takenAt: event.occurredAt.toISOString() };
    },
  },
});

const [reserved, taken, cancelled] = [{ type: "BookReserved" }, { type: "BookCheckedOut" }, { type: "ReservationCancelled" }] as const;

describe("a member who has reserved a book and has taken it", () => {
  const test = testProcess(thankYou);

  it("is thanked once both are known, in either order", async () => {
    await test
      .given(reserved, "1d")
      .when(taken)
      .then({ status: "completed", commands: ["thank"], outcome: null });
    await test
      .given(taken, "1d")
      .when(reserved)
      .then({ status: "completed", commands: ["thank"], outcome: null });
  });

  it("is not thanked for one of the two, however often it is reported", () =>
    test
      .given(reserved)
      .when(reserved)
      .then({ status: "started", commands: [], context: { takenAt: null } }));

  it("is not thanked after cancelling, and a book that is taken then begins anew", async () => {
    await test.given(reserved).when(cancelled).then({ status: "completed", outcome: "cancelled", commands: [] });
    await test
      .given(reserved, cancelled)
      .when(taken)
      .then({ status: "started", commands: [], context: { reservedAt: null } });
  });

  it("is forgotten after a month", () => test.given(reserved).when("30d").then({ status: "timed_out", commands: [] }));

  it("is thanked through crashes, restarts and doubled events", async () => {
    const options = {
      sequences: [
        ["BookReserved", "BookCheckedOut"],
        ["BookCheckedOut", "BookReserved"],
      ],
      patienceMs: 20_000,
    };
    const paths = await verifyPaths(thankYou, { events: [reserved, taken, cancelled], ...options });
    expect(
      paths.filter(({ status, steps }) => status === "completed" && steps.every(({ kind }) => kind === "event")).length,
    ).toBeGreaterThan(3);
  });
});
