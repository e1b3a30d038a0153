import { type HandlerArgs, ProcessError } from "perdure";
import { describe, expect, test as it } from "vitest";
import { at, openScript } from "./script.ts";

const codeOf = (work: () => unknown) => {
  try {
    work();
    return "done";
  } catch (error) {
    return ProcessError.is(error) ? error.code : String(error);
  }
};

describe("process.timeout.moveTo", () => {
  it("moves the timeout by a duration that counts from the event, and tells when it is due then", async () => {
    const { test, act, ran } = await openScript();
    await act("OrderPlaced");
    await test.advance("30m");
    const told: Date[] = [];
    await act("OrderChanged", ({ process }) => void told.push(process.timeout.moveTo("45m")), { occurredAt: at(20) });
    expect([told, test.instance("o-1")?.dueAt]).toEqual([[at(65)], at(65)]);
    await test.advance("34m");
    expect(test.instance("o-1")?.status).toBe("started");
    await test.advance("1m");
    expect([test.instance("o-1")?.status, ran]).toEqual(["timed_out", ["timed out 65m"]]);
  });

  it("moves it to a moment, sooner or later, and in the step that begins the instance too", async () => {
    const { test, act } = await openScript();
    await act("OrderPlaced", ({ process }) => process.timeout.moveTo(at(5)));
    expect(test.timers()).toMatchObject([{ kind: "timeout", dueAt: at(5) }]);
    await act("OrderChanged", ({ process }) => process.timeout.moveTo(at(500)));
    expect(test.timers()).toMatchObject([{ kind: "timeout", dueAt: at(500) }]);
  });

  it("is due at once with a moment that has passed, and never before the event that was handled", async () => {
    const { test, act, ran } = await openScript();
    await act("OrderPlaced");
    await test.advance("10m");
    await act("OrderChanged", ({ process }) => process.timeout.moveTo(new Date(0)), { occurredAt: at(4) });
    expect(ran).toEqual(["timed out 10m"]);
    expect(test.instance("o-1")).toMatchObject({ status: "timed_out", endedAt: at(4) });
  });

  it("lets events that occurred before the new deadline come first", async () => {
    const { test, act, ran } = await openScript();
    await act("OrderPlaced");
    await test.advance("10m");
    const seen: string[] = [];
    await act(
      "OrderChanged",
      async ({ process, event }) => {
        seen.push(event.eventId);
        if (seen.length > 1) return;
        process.timeout.moveTo(at(9));
        await test.system.dispatch([
          { type: "OrderChanged", aggregateId: "o-1", eventId: "before", occurredAt: at(8) },
          { type: "OrderChanged", aggregateId: "o-1", eventId: "after", occurredAt: at(10) },
        ]);
      },
      { occurredAt: at(1) },
    );
    expect([seen.slice(1), ran]).toEqual([["before"], ["timed out 10m"]]);
  });

  it("counts once, by its last call, and not at all if the attempt fails", async () => {
    const { test, act } = await openScript({ options: { processes: { retry: { retryStrategy: "none" } } } });
    await act("OrderPlaced", ({ process }) => {
      process.timeout.moveTo("5m");
      process.timeout.cancel();
      process.timeout.moveTo("2h");
    });
    expect(test.instance("o-1")?.dueAt).toEqual(at(120));
    await act("OrderChanged", ({ process }) => {
      process.timeout.moveTo("3h");
      throw new Error("down");
    });
    expect(test.instance("o-1")).toMatchObject({ status: "failed", dueAt: at(120) });
  });

  it("leaves no deadline on an instance that the same step completes", async () => {
    const { test, act, history } = await openScript();
    await act("OrderPlaced");
    await act("OrderShipped", ({ process }) => process.timeout.moveTo("3h"));
    expect(test.instance("o-1")).toMatchObject({ status: "completed", dueAt: undefined });
    expect([test.timers(), (await history()).at(-1)]).toEqual([[], expect.not.objectContaining({ dueAt: expect.anything() as unknown })]);
  });

  it("is in the journal, with the moment", async () => {
    const { act, history } = await openScript();
    await act("OrderPlaced");
    await act("OrderChanged", ({ process }) => process.timeout.moveTo("2h"));
    await act("OrderChanged", ({ process }) => process.timeout.cancel());
    expect((await history()).map(({ dueAt, timeoutCancelled }) => [dueAt, timeoutCancelled])).toEqual([
      [undefined, undefined],
      [at(120), undefined],
      [undefined, true],
    ]);
  });

  it("survives a crash before and after the commit, once", async () => {
    for (const point of ["before-step", "after-step"] as const) {
      const { test, act } = await openScript();
      await act("OrderPlaced");
      test.crashAt(point, { of: "on-order-changed" });
      await act("OrderChanged", ({ process }) => process.timeout.moveTo("2h")).catch(() => {});
      await test.settle();
      expect([test.crashes, test.instance("o-1")?.dueAt]).toEqual([1, at(120)]);
    }
  });
});

describe("process.timeout.cancel", () => {
  it("lets the instance wait as long as it takes, until a handler sets a timeout again", async () => {
    const { test, act } = await openScript();
    await act("OrderPlaced", ({ process }) => process.timeout.cancel());
    expect([test.instance("o-1")?.dueAt, test.timers()]).toEqual([undefined, []]);
    await test.advance("365d");
    expect(test.instance("o-1")?.status).toBe("started");
    await act("OrderChanged", ({ process }) => process.timeout.moveTo("1d"));
    await test.advance("1d");
    expect(test.instance("o-1")?.status).toBe("timed_out");
  });
});

describe("a timeout that is not there", () => {
  const refusals = (args: HandlerArgs) => [codeOf(() => args.process.timeout.moveTo("1h")), codeOf(() => args.process.timeout.cancel())];

  it("is refused in the timed-out handler and in the failed handler", async () => {
    const seen: (readonly string[])[] = [];
    const note = (args: unknown) => void seen.push(refusals(args as HandlerArgs));
    const { test, act } = await openScript({
      config: { onTimedOut: note, onFailed: note },
      options: { processes: { retry: { retryStrategy: "none" } } },
    });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-2" });
    await test.advance("1h");
    await act("OrderPlaced", () => {
      throw new Error("down");
    });
    expect(seen).toEqual([
      ["TIMEOUT_INVALID", "TIMEOUT_INVALID"],
      ["TIMEOUT_INVALID", "TIMEOUT_INVALID"],
    ]);
    expect(["o-1", "o-2"].map((id) => test.instance(id)?.status)).toEqual(["failed", "timed_out"]);
  });

  it("cannot be moved where the process has none, but cancelling is taken, because an instance may have one from before", async () => {
    const seen: (readonly string[])[] = [];
    const { act } = await openScript({ config: { timeout: undefined, onTimedOut: undefined } as never });
    await act("OrderPlaced", (args) => void seen.push(refusals(args)));
    expect(seen).toEqual([["TIMEOUT_INVALID", "done"]]);
  });

  it.each<[string, unknown, string]>([
    ["a text that is no duration", "soon", "DURATION_INVALID"],
    ["nothing", undefined, "DURATION_INVALID"],
    ["a date that is none", new Date(Number.NaN), "DURATION_INVALID"],
  ])("is refused for %s, and fails the step without retries", async (_, to, code) => {
    const { test, act } = await openScript();
    await act("OrderPlaced", ({ process }) => process.timeout.moveTo(to as Date));
    expect(test.deadLetters()).toMatchObject([{ attempts: 1, error: { code } }]);
  });

  it("is refused after the attempt has ended", async () => {
    const { act, test } = await openScript();
    let late: HandlerArgs["process"] | undefined;
    await act("OrderPlaced", ({ process }) => void (late = process));
    expect([codeOf(() => late!.timeout.moveTo("2h")), codeOf(() => late!.timeout.cancel())]).toEqual(["ATTEMPT_ENDED", "ATTEMPT_ENDED"]);
    await expect(late!.withdraw("reminder")).rejects.toMatchObject({ code: "ATTEMPT_ENDED" });
    expect(test.instance("o-1")?.dueAt).toEqual(at(60));
  });
});
