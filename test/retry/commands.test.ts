import {
  type Command,
  type CommandHandler,
  type CommandHandlerArgs,
  type DispatchedEvent,
  type HandlerArgs,
  NonRetryableError,
  type ReturnedEvents,
  RetryLaterError,
} from "perdure";
import type { TestSystemOptions } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { openTestSystem } from "../support/order-process.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const placed = (aggregateId: string, steps: readonly Step[]) => ({ type: "OrderPlaced", aggregateId, payload: { steps } });

/** A command to dispatch: `name` is what it writes down when it runs. */
interface Step {
  readonly name: string;
  readonly delay?: string;
}

/** A process that dispatches one command `work` for each of its event's steps; `does` is what `work` does. */
async function openWork(does: CommandHandler<Step> = () => {}, options: TestSystemOptions = {}) {
  const ran: string[] = [];
  const at: number[] = [];
  const handled: HandlerArgs[] = [];
  const dispatchSteps = async (args: HandlerArgs<{ steps: readonly Step[] }>) => {
    handled.push(args);
    const { event, commands } = args;
    for (const step of event.payload.steps) await commands.work!({ aggregateId: event.aggregateId, ...step });
  };
  const note = (args: HandlerArgs) => void handled.push(args);
  const definition = defineLifecycle(
    { OrderPlaced: dispatchSteps, StepDone: note, OrderFulfilled: note },
    { timeout: "365d", onFailed: note },
  );
  const work = async (args: CommandHandlerArgs<Step>) => {
    ran.push(args.command.payload.name);
    at.push(test.clock.now() - START);
    return does(args);
  };
  const test = await openTestSystem({ definitions: [definition], commands: { work }, patienceMs: 60, ...options });
  return { test, ran, at, handled };
}

const steps = (...names: readonly string[]): readonly Step[] => names.map((name) => ({ name }));

describe("the commands of one instance", () => {
  it("run in the order in which they were dispatched, one at a time", async () => {
    let running = 0;
    let most = 0;
    const { test, ran } = await openWork(async () => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
    });
    const names = Array.from({ length: 20 }, (_, index) => `step ${index}`);
    await test.dispatch(placed("o-1", steps(...names)));
    expect(ran).toEqual(names);
    expect(most).toBe(1);
  });

  it("run in the order in which they were due where the moments of all have passed", async () => {
    const { test, ran } = await openWork();
    const late = [
      { name: "third", delay: "3m" },
      { name: "first", delay: "1m" },
      { name: "second", delay: "2m" },
    ];
    await test.dispatch({ ...placed("o-1", late), occurredAt: new Date(START - 3_600_000) });
    expect(ran).toEqual(["first", "second", "third"]);
  });

  it("run in the order of dispatch where they have no delay, whenever the events that led to them occurred", async () => {
    const { test, ran } = await openWork(({ command, attempt }) => {
      if (command.payload.name === "fails" && attempt === 1) throw new Error("down");
    });
    await test.dispatch(placed("o-1", steps("fails")));
    await test.dispatch({ ...placed("o-1", steps("behind")), occurredAt: new Date(START - 3_600_000) });
    await test.advance("1m");
    expect(ran).toEqual(["fails", "fails", "behind"]);
  });

  it("do not wait for one among them that is not due", async () => {
    const { test, ran, at } = await openWork();
    await test.dispatch(placed("o-1", [{ name: "later", delay: "1h" }, { name: "now" }, { name: "sooner", delay: "1m" }]));
    expect(ran).toEqual(["now"]);
    await test.advance("2h");
    expect(ran).toEqual(["now", "sooner", "later"]);
    expect(at).toEqual([0, 60_000, 3_600_000]);
  });

  it("wait behind one that waits for a retry, those of other instances do not", async () => {
    const { test, ran, at } = await openWork(({ command, attempt }) => {
      if (command.payload.name === "fails" && attempt < 3) throw new Error("down");
    });
    await test.dispatch([placed("o-1", steps("first", "fails", "last")), placed("o-2", steps("other 1", "other 2"))]);
    expect(ran.toSorted()).toEqual(["fails", "first", "other 1", "other 2"]);
    await test.dispatch(placed("o-3", steps("other 3")));
    expect(ran.at(-1)).toBe("other 3");
    ran.length = at.length = 0;
    await test.advance("1m");
    expect(ran).toEqual(["fails", "fails", "last"]);
    expect(at).toEqual([1_000, 3_000, 3_000]);
  });

  it("wait behind one that waits for a retry although they come due meanwhile, and run after it in one go", async () => {
    const { test, ran, at } = await openWork(({ command, attempt }) => {
      if (command.payload.name === "fails" && attempt === 1) throw new RetryLaterError({ after: "2h" });
    });
    await test.dispatch(placed("o-1", [{ name: "fails" }, { name: "delayed", delay: "1h" }]));
    await test.restart();
    await test.advance("3h");
    expect(ran).toEqual(["fails", "fails", "delayed"]);
    expect(at).toEqual([0, 7_200_000, 7_200_000]);
  });

  it("hang without holding back those of another instance", async () => {
    const { test, ran } = await openWork(({ command }) => (command.payload.name === "hangs" ? new Promise(() => {}) : undefined));
    await test.dispatch([placed("o-1", steps("hangs", "waits")), placed("o-2", steps("free"))]);
    expect(ran.toSorted()).toEqual(["free", "hangs"]);
  });
});

describe("the commands of different instances", () => {
  it("run side by side", async () => {
    const arrived: (() => void)[] = [];
    const { test, ran } = await openWork(
      () =>
        new Promise<void>((resolve) => {
          arrived.push(resolve);
          if (arrived.length === 8) for (const leave of arrived) leave();
        }),
      { patienceMs: 500 },
    );
    await test.dispatch(Array.from({ length: 8 }, (_, index) => placed(`o-${index}`, steps(`step ${index}`))));
    expect(ran).toHaveLength(8);
    expect(await test.system.lag()).toMatchObject({ pendingCommands: 0 });
  });

  it("run no more at a time than concurrency allows", async () => {
    let running = 0;
    let most = 0;
    const { test, ran } = await openWork(
      async () => {
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setTimeout(resolve, 1));
        running -= 1;
      },
      { processes: { concurrency: 3 } },
    );
    await test.dispatch(Array.from({ length: 30 }, (_, index) => placed(`o-${index}`, steps("a", "b"))));
    expect(ran).toHaveLength(60);
    expect(most).toBe(3);
  });
});

describe("a command that fails", () => {
  it("is repeated by the same rules as a handler, and the instance goes on meanwhile", async () => {
    const { test, ran, at, handled } = await openWork(({ attempt }) => {
      if (attempt < 4) throw new Error("down");
    });
    await test.dispatch(placed("o-1", steps("work")));
    await test.dispatch({ type: "StepDone", aggregateId: "o-1" });
    expect(handled).toHaveLength(2);
    await test.advance("1m");
    expect(ran).toHaveLength(4);
    expect(at).toEqual([0, 1_000, 3_000, 7_000]);
    expect(await test.system.deadLetters.list()).toEqual([]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
    const { processId } = (await test.system.processes.find())[0]!;
    const kinds = (await test.system.processes.history(processId)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "command_attempt_failed")).toHaveLength(3);
    expect(kinds.at(-1)).toBe("command_handled");
  });

  it("fails its process when it is out of attempts: dead letter, failed handler, and what it had still to do is held back", async () => {
    const { test, ran, handled } = await openWork(({ command }) => {
      if (command.payload.name === "fails") throw new Error("down");
    });
    await test.dispatch([
      placed("o-1", [{ name: "delayed", delay: "1h" }, { name: "fails" }, { name: "behind" }]),
      placed("o-2", steps("other")),
    ]);
    await test.advance("1d");
    expect(ran.toSorted()).toEqual(["fails", "fails", "fails", "fails", "other"]);
    expect(await test.system.processes.find({ aggregateId: "o-1" })).toMatchObject([{ status: "failed" }]);
    expect(await test.system.processes.find({ aggregateId: "o-2" })).toMatchObject([{ status: "started" }]);
    const letters = await test.system.deadLetters.list();
    expect(letters).toMatchObject([
      {
        kind: "command",
        handler: "work",
        aggregateId: "o-1",
        attempts: 4,
        command: { type: "work", payload: { name: "fails" } },
        event: undefined,
      },
    ]);
    const failed = handled.filter(({ event }) => event.type === "OrderLifecycleFailed");
    expect(failed).toHaveLength(1);
    expect(failed[0]!.event.payload).toMatchObject({
      failedCommand: {
        commandId: letters[0]!.command!.commandId,
        type: "work",
        aggregateId: "o-1",
        payload: { name: "fails" },
        dueAt: new Date(START),
      },
      error: { message: "down" },
      attempts: 4,
      deadLetterId: letters[0]!.id,
    });
    expect(failed[0]!.event.payload).not.toHaveProperty("failedEvent");
  });

  it("has one attempt if it throws a NonRetryableError", async () => {
    const { test, ran } = await openWork(() => {
      throw new NonRetryableError("the card is stolen");
    });
    await test.dispatch(placed("o-1", steps("charge")));
    await test.advance("1d");
    expect(ran).toEqual(["charge"]);
    expect(await test.system.deadLetters.list()).toMatchObject([{ attempts: 1, error: { name: "NonRetryableError" } }]);
  });

  it("leaves the status of an instance that has ended, and has a dead letter all the same", async () => {
    const { test } = await openWork(() => {
      throw new NonRetryableError("no");
    });
    await test.dispatch(placed("o-1", [{ name: "late", delay: "1h" }]));
    await test.dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
    await test.advance("1d");
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
    expect(await test.system.deadLetters.list()).toMatchObject([{ kind: "command", attempts: 1 }]);
  });
});

describe("what a command handler returns", () => {
  it("is accepted: one event or several, handled by whom they concern, with the command as their cause", async () => {
    const commands: Command<Step>[] = [];
    const { test, handled } = await openWork(({ command }) => {
      commands.push(command);
      const { aggregateId, payload } = command;
      if (payload.name === "one") return { type: "StepDone", aggregateId, payload: { name: "one" } };
      return [
        { type: "StepDone", aggregateId, payload: { name: "two" } },
        { type: "OrderFulfilled", aggregateId },
      ];
    });
    const { eventId } = await test.dispatch(placed("o-1", steps("one", "two")));
    expect(handled.map(({ event }) => event.type)).toEqual(["OrderPlaced", "StepDone", "StepDone", "OrderFulfilled"]);
    expect(handled[1]!.event).toMatchObject({ payload: { name: "one" }, causationId: commands[0]!.commandId, correlationId: eventId });
    expect(handled[3]!.event).toMatchObject({ causationId: commands[1]!.commandId });
    expect(new Set(handled.map(({ event }) => event.eventId)).size).toBe(4);
    expect(await test.system.processes.find()).toMatchObject([{ status: "completed" }]);
    const { processId } = (await test.system.processes.find())[0]!;
    const settled = (await test.system.processes.history(processId)).filter(({ kind }) => kind === "command_handled");
    expect(settled.map(({ events }) => events?.map(({ type }) => type))).toEqual([["StepDone"], ["StepDone", "OrderFulfilled"]]);
    expect(settled[0]!.events![0]!.eventId).toBe(handled[1]!.event.eventId);
  });

  it("is not accepted from an attempt that failed, and has the same eventId if it is returned again", async () => {
    const { test, handled } = await openWork(({ command, attempt }) => {
      if (attempt === 1) throw new Error("after the fact");
      return { type: "StepDone", aggregateId: command.aggregateId };
    });
    await test.dispatch(placed("o-1", steps("one")));
    expect(await test.system.lag()).toMatchObject({ accepted: 1 });
    await test.advance("1m");
    expect(handled.map(({ event }) => event.type)).toEqual(["OrderPlaced", "StepDone"]);
    expect(await test.system.lag()).toMatchObject({ accepted: 2, handled: 2 });
  });

  it("starts a process of another aggregate, and is only counted where it concerns nobody", async () => {
    const { test, handled } = await openWork(({ command }) =>
      command.payload.name === "spread"
        ? [placed("o-2", steps("end")), { type: "StepDone", aggregateId: "nobody" }, { type: "NeverHeardOf", aggregateId: "o-1" }]
        : undefined,
    );
    await test.dispatch(placed("o-1", steps("spread")));
    expect(handled.map(({ event }) => event.aggregateId)).toEqual(["o-1", "o-2"]);
    expect(await test.system.lag()).toMatchObject({ accepted: 2, handled: 2, ignored: 2 });
  });

  it.each<[string, ReturnedEvents, string]>([
    // As a program in JavaScript can return it.
    ["names no aggregate", { type: "StepDone" } as DispatchedEvent, "EVENT_INVALID"],
    ["has a field that no event has", { type: "StepDone", aggregateId: "o-1", data: {} } as DispatchedEvent, "EVENT_INVALID"],
    ["has a payload that is no JSON", { type: "StepDone", aggregateId: "o-1", payload: { at: new Date(0) } }, "EVENT_PAYLOAD_INVALID"],
    [
      "has one bad event behind a good one",
      [
        { type: "StepDone", aggregateId: "o-1" },
        { type: "StepDone", aggregateId: "" },
      ],
      "EVENT_INVALID",
    ],
  ])("fails the command without retries, and nothing of it is accepted, where it %s", async (_, returned, code) => {
    const { test, ran, handled } = await openWork(() => returned);
    await test.dispatch(placed("o-1", steps("one")));
    await test.advance("1d");
    expect(ran).toEqual(["one"]);
    expect(handled.map(({ event }) => event.type)).toEqual(["OrderPlaced", "OrderLifecycleFailed"]);
    expect(await test.system.deadLetters.list()).toMatchObject([{ kind: "command", attempts: 1, error: { code } }]);
    expect(await test.system.lag()).toMatchObject({ accepted: 1 });
  });
});
