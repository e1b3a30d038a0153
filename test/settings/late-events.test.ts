import { type CommandHandler, type ProcessInstance, type ReturnedEvent } from "perdure";
import { describe, expect, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { openTestSystem } from "../support/order-process.ts";

const event = (type: string) => ({ type, aggregateId: "o-1" }) as const;

/** A process that sets itself a timer of an hour, and handles what that returns. */
async function open(answer: (processId: string) => ReturnedEvent) {
  const handled: string[] = [];
  const asked: (ProcessInstance | undefined)[] = [];
  const remind: CommandHandler = ({ command, process }) => {
    asked.push(process);
    return answer(command.metadata.processId);
  };
  const definition = defineLifecycle(
    {
      OrderPlaced: ({ commands, event: { aggregateId } }) => commands.remind!({ aggregateId, delay: "1h" }),
      ReminderDue: ({ process, event: { aggregateId } }) => void handled.push(`${process.processId} ${aggregateId}`),
    },
    { startedBy: ["OrderPlaced", "ReminderDue"], timeout: "30d" },
  );
  const test = await openTestSystem({ definitions: [definition], commands: { remind } });
  await test.dispatch(event("OrderPlaced"));
  const { processId } = test.instance("o-1")!;
  return { test, handled, asked, first: processId };
}

describe("an event that a command returns for one instance", () => {
  const forIts = (processId: string): ReturnedEvent => ({ ...event("ReminderDue"), processId });

  it("is handled by that instance while it is open", async () => {
    const { test, handled, first } = await open(forIts);
    await test.advance("1h");
    expect(handled).toEqual([`${first} o-1`]);
  });

  it("goes to the mailbox of that instance, whatever aggregate it names", async () => {
    const { test, handled, first } = await open((processId) => ({ ...event("ReminderDue"), aggregateId: "other", processId }));
    await test.advance("1h");
    expect(handled).toEqual([`${first} other`]);
  });

  it("is ignored and counted once that instance has ended, and begins none", async () => {
    const { test, handled } = await open(forIts);
    await test.dispatch(event("OrderFulfilled"));
    await test.advance("1h");
    expect(handled).toEqual([]);
    expect(await test.system.lag()).toMatchObject({ accepted: 2, ignored: 1, waiting: 0 });
    expect(await test.system.processes.find({ aggregateId: "o-1" })).toHaveLength(1);
  });

  it("is not handled by the instance that came after", async () => {
    const { test, handled } = await open(forIts);
    await test.dispatch([event("OrderFulfilled"), event("OrderPlaced")]);
    await test.advance("1h");
    expect(await test.system.lag()).toMatchObject({ ignored: 1 });
    await test.advance("1h");
    // The second instance's own reminder has come too by now.
    expect(handled).toEqual([`${test.instance("o-1")!.processId} o-1`]);
  });

  it("is ignored where the instance ends by an event before it in the mailbox", async () => {
    let release = (): void => {};
    const handled: string[] = [];
    const definition = defineLifecycle(
      {
        OrderPlaced: ({ commands, event: { aggregateId } }) => commands.remind!({ aggregateId, delay: "1h" }),
        OrderPaid: () => new Promise<void>((resolve) => (release = resolve)),
        ReminderDue: () => void handled.push("reminder"),
      },
      { startedBy: ["OrderPlaced", "ReminderDue"], timeout: "30d", handlerTimeout: "10d" },
    );
    const remind: CommandHandler = ({ command }) => ({ ...event("ReminderDue"), processId: command.metadata.processId });
    const test = await openTestSystem({ definitions: [definition], commands: { remind }, patienceMs: 50 });
    await test.dispatch(event("OrderPlaced"));
    const occurredAt = new Date(test.clock.now() + 7_200_000);
    // It is being handled when the reminder comes, and what ends the instance waits before the reminder.
    await test.dispatch([
      { ...event("OrderPaid"), occurredAt },
      { ...event("OrderFulfilled"), occurredAt },
      { ...event("OrderPlaced"), occurredAt },
    ]);
    await test.advance("1h");
    expect(await test.system.lag()).toMatchObject({ waiting: 4 });
    release();
    await test.settle();
    expect(handled).toEqual([]);
    expect(await test.system.lag()).toMatchObject({ waiting: 0, ignored: 1 });
  });

  it("does not reach a process that does not react to it", async () => {
    const { test } = await open((processId) => ({ ...event("OrderLost"), processId }));
    await test.advance("1h");
    expect(await test.system.lag()).toMatchObject({ ignored: 1, waiting: 0 });
  });

  it("is refused with a processId that is not a text", async () => {
    const { test } = await open(() => ({ ...event("ReminderDue"), processId: 5 as never }));
    await test.advance("1h");
    expect(test.deadLetters()).toMatchObject([{ handler: "remind", attempts: 1, error: { code: "EVENT_INVALID" } }]);
    expect(test.deadLetters()[0]!.error.message).toContain("its processId");
  });
});

describe("an event that is dispatched", () => {
  it("cannot name an instance", async () => {
    const { test, first } = await open(() => event("ReminderDue"));
    await expect(test.system.dispatch({ ...event("ReminderDue"), processId: first } as never)).rejects.toThrow('no field "processId"');
  });
});

describe("a command's handler", () => {
  it("receives the instance that dispatched the command, as it is by then", async () => {
    const { test, asked, first } = await open(() => event("ReminderDue"));
    await test.dispatch(event("OrderFulfilled"));
    await test.advance("1h");
    expect(asked).toMatchObject([{ processId: first, status: "completed", process: "order/order-lifecycle" }]);
  });
});
