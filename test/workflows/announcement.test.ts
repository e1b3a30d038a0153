import { type Commands, defineProcess, type HandlerArgs } from "perdure";
import { testProcess, verifyPaths } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { z } from "zod";

/*
 * An announcement, as in Camunda's example: somebody writes it, somebody else reviews it, and it is published or its author is told why
 * not. The site refuses what it has published before, and then the author may write it anew.
 */

const context = z.object({ author: z.string().default(""), text: z.string().default(""), versions: z.number().default(0) });

type Args<Payload> = HandlerArgs<Payload, string, Commands, Readonly<z.output<typeof context>>>;

const announcement = defineProcess({
  aggregate: "announcement",
  name: "announcement",
  startedBy: ["AnnouncementWritten"],
  completedBy: { AnnouncementPublished: "published", AnnouncementRejected: "rejected" },
  context,
  timeout: "14d",
  on: {
    AnnouncementWritten: async ({ event, context, commands }: Args<{ author: string; text: string }>) => {
      await commands.askForReview!({ aggregateId: event.aggregateId, text: event.payload.text });
      return { ...event.payload, versions: context.versions + 1 };
    },
    AnnouncementApproved: async ({ event, context, commands }: Args<unknown>) => {
      await commands.publish!({ aggregateId: event.aggregateId, text: context.text });
    },
    AnnouncementWasDouble: async ({ event, context, commands }: Args<unknown>) => {
      await commands.tellAuthor!({ aggregateId: event.aggregateId, to: context.author, why: "it was published before; write it anew" });
    },
    AnnouncementRejected: async ({ event, context, commands }: Args<{ why: string }>) => {
      await commands.tellAuthor!({ aggregateId: event.aggregateId, to: context.author, why: event.payload.why });
    },
  },
  onTimedOut: async ({ event, context, commands }) => {
    await commands.tellAuthor!({ aggregateId: event.aggregateId, to: context.author, why: "nobody has reviewed it" });
  },
});

const written = { type: "AnnouncementWritten", payload: { author: "ada", text: "We are open." } };
const better = { type: "AnnouncementWritten", payload: { author: "ada", text: "We are open again." } };
const [approved, published, double] = ["AnnouncementApproved", "AnnouncementPublished", "AnnouncementWasDouble"].map((type) => ({
  type,
})) as [{ type: string }, { type: string }, { type: string }];
const rejected = { type: "AnnouncementRejected", payload: { why: "we are not" } };

describe("an announcement", () => {
  const test = testProcess(announcement);

  it("is published as it was reviewed", async () => {
    await test
      .given(written)
      .when(approved)
      .then({ status: "started", commands: [{ type: "publish", payload: { text: "We are open." } }] });
    await test.given(written, approved).when(published).then({ status: "completed", outcome: "published" });
  });

  it("is rejected, and its author is told why", () =>
    test
      .given(written)
      .when(rejected)
      .then({ status: "completed", outcome: "rejected", commands: [{ type: "tellAuthor", payload: { to: "ada", why: "we are not" } }] }));

  it("is written anew when the site has had it before, and goes through the same review", async () => {
    await test
      .given(written, approved)
      .when(double)
      .then({ status: "started", commands: ["tellAuthor"], context: { versions: 1 } });
    await test
      .given(written, approved, double, better)
      .when(approved)
      .then({ commands: [{ type: "publish", payload: { text: "We are open again." } }], context: { versions: 2 } });
  });

  it("comes to nothing if nobody reviews it for two weeks", () =>
    test
      .given(written)
      .when("14d")
      .then({ status: "timed_out", outcome: null, commands: [{ type: "tellAuthor", payload: { to: "ada", why: expect.any(String) } }] }));

  it("comes to its end through crashes, restarts and doubled events", async () => {
    const paths = await verifyPaths(announcement, { events: [written, approved, published, double, rejected], patienceMs: 20_000 });
    expect(paths.filter(({ status }) => status === "completed").length).toBeGreaterThan(1);
  });
});
