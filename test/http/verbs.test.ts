import { describe, expect, test as it } from "vitest";
import { pay, place } from "../ui/open-ui.ts";
import { type Front, openFront, readJson } from "./open-front.ts";

async function openWithOrder(): Promise<Front & { readonly processId: string }> {
  const front = await openFront();
  await front.test.dispatch(place("a"));
  const [instance] = await front.test.system.processes.find();
  return { ...front, processId: instance!.processId };
}

async function openWithLetter(): Promise<Front & { readonly id: string }> {
  const front = await openWithOrder();
  await front.test.dispatch(pay("a", "lots"));
  const [letter] = await front.test.system.deadLetters.list();
  return { ...front, id: letter!.id };
}

describe("a verb of an instance", () => {
  it("suspends, resumes, reschedules and cancels, in the name of whom authorize has let in", async () => {
    const { test, post, processId } = await openWithOrder();
    expect(await readJson(post(`processes/${processId}/suspend`, { reason: "audit" }))).toMatchObject({
      suspended: { by: "ada", reason: "audit" },
    });
    expect(await readJson(post(`processes/${processId}/resume`))).not.toHaveProperty("suspended");
    expect(await readJson(post(`processes/${processId}/reschedule`, { dueAt: "2031-01-31T09:00:00Z" }))).toMatchObject({
      dueAt: "2031-01-31T09:00:00.000Z",
    });
    expect(await readJson(post(`processes/${processId}/cancel`))).toMatchObject({ status: "cancelled" });
    const journal = await test.system.processes.history(processId);
    expect(journal.filter(({ by }) => by === "ada").map(({ kind }) => kind)).toEqual([
      "suspended",
      "unsuspended",
      "rescheduled",
      "cancelled",
    ]);
  });

  it("that does not apply is refused with status 409 and its code, and one without what it needs with 400", async () => {
    const { post, processId } = await openWithOrder();
    const refused = await post(`processes/${processId}/resume`);
    expect([refused.status, await refused.json()]).toMatchObject([409, { code: "INSTANCE_NOT_SUSPENDED" }]);
    expect((await post(`processes/${processId}/reschedule`)).status).toBe(400);
    expect((await post(`processes/${processId}/reschedule`, { dueAt: "soon" })).status).toBe(400);
    expect((await post("processes/none/cancel")).status).toBe(404);
  });
});

describe("a verb of a dead letter", () => {
  it("retries it with another payload", async () => {
    const { test, post, id } = await openWithLetter();
    expect(await readJson(post(`dead-letters/${id}/retry`, { payload: { amount: 5 } }))).toMatchObject({
      status: "retried",
      settledBy: "ada",
    });
    await test.system.whenIdle();
    expect(await test.system.processes.find()).toMatchObject([{ status: "started", context: { paid: 5 } }]);
  });

  it("skips it or discards it, once", async () => {
    const skipped = await openWithLetter();
    expect(await readJson(skipped.post(`dead-letters/${skipped.id}/skip`, { reason: "twice" }))).toMatchObject({
      status: "skipped",
      reason: "twice",
    });
    const again = await skipped.post(`dead-letters/${skipped.id}/discard`);
    expect([again.status, await again.json()]).toMatchObject([409, { code: "DEAD_LETTER_SETTLED" }]);
    const discarded = await openWithLetter();
    expect(await readJson(discarded.post(`dead-letters/${discarded.id}/discard`))).toMatchObject({ status: "discarded" });
  });
});

describe("a verb of a scheduled command", () => {
  it("moves it and calls it off", async () => {
    const { test, post } = await openWithOrder();
    const { commandId } = (await test.system.scheduled.list())[0]!;
    for (const [dueAt, moment] of [["2031-01-31T09:00:00Z", "2031-01-31T09:00:00.000Z"]] as const)
      expect(await readJson(post(`scheduled/${commandId}/reschedule`, { dueAt }))).toMatchObject({ dueAt: moment });
    await post(`scheduled/${commandId}/cancel`);
    expect(await test.system.scheduled.list()).toEqual([]);
  });
});

describe("the options of a verb", () => {
  it("are refused where they are unknown, no object, or say who asks", async () => {
    const { test, post, processId } = await openWithOrder();
    for (const body of [{ by: "somebody else" }, { reson: "typo" }, { reason: 5 }, [], "5", "{"]) {
      expect([body, (await post(`processes/${processId}/cancel`, body)).status]).toEqual([body, 400]);
    }
    expect((await post("schedules/report%2Fweekly/run")).status).toBe(404);
    expect(await test.system.processes.get(processId)).toMatchObject({ status: "started" });
  });
});
