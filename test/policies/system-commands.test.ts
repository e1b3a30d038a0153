import { type CommandHandlerArgs, createProcessSystem } from "perdure";
import { createTestSystem, type TestSystem, type TestSystemOptions } from "perdure/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { within } from "../support/patience.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const DAY_MS = 86_400_000;

async function open(options: TestSystemOptions = {}): Promise<TestSystem & { readonly ran: CommandHandlerArgs[] }> {
  const ran: CommandHandlerArgs[] = [];
  const commands = {
    sendMail: (args: CommandHandlerArgs) => void ran.push(args),
    other: (args: CommandHandlerArgs) => void ran.push(args),
  };
  const test = await createTestSystem({ commands, ...options });
  onTestFinished(() => test.stop());
  return Object.assign(test, { ran });
}

describe("a command from outside", () => {
  it("is durable when its promise resolves, and its handler has no instance", async () => {
    const test = await open();
    const receipt = await test.system.commands.sendMail!({ aggregateId: "u-1", to: "a@b.c" });
    expect(receipt).toEqual({ commandId: expect.any(String) as string, dueAt: new Date(START), outcome: "accepted" });
    // What has run until the crash and is not committed runs again, under the same key.
    await test.restart();
    expect(new Set(test.ran.map((args) => args.idempotencyKey)).size).toBe(1);
    const [{ command, process, attempt, idempotencyKey }] = test.ran as [CommandHandlerArgs];
    const { commandId } = receipt;
    const dispatchedAt = new Date(START);
    expect(command).toEqual({
      commandId,
      type: "sendMail",
      aggregateId: "u-1",
      payload: { to: "a@b.c" },
      metadata: { correlationId: commandId, causationId: commandId, process: "", processId: "", dispatchedAt, dueAt: dispatchedAt },
    });
    expect([process, attempt, idempotencyKey]).toEqual([undefined, 1, commandId]);
    expect(test.commands()).toMatchObject([{ type: "sendMail", process: "", processId: "", executedAt: dispatchedAt }]);
  });

  it("takes the options of a handler's dispatch, in both forms, and waits for its delay from now", async () => {
    const test = await open();
    const { commands } = test.system;
    await commands.sendMail!({ aggregateId: "u-1", delay: "1h", correlationId: "c", causationId: "d", payload: { delay: "none" } });
    await commands.other!({ aggregateId: "u-1", delay: new Date(START + 60_000), payload: {} });
    expect(test.timers()).toMatchObject([
      {
        kind: "command",
        command: "other",
        process: "",
        policy: undefined,
        processId: undefined,
        aggregateId: "u-1",
        dueAt: new Date(START + 60_000),
      },
      { kind: "command", command: "sendMail", dueAt: new Date(START + 3_600_000) },
    ]);
    await test.advance("1h");
    expect(test.ran.map(({ command }) => command.type)).toEqual(["other", "sendMail"]);
    expect(test.ran[1]!.command).toMatchObject({ payload: { delay: "none" }, metadata: { correlationId: "c", causationId: "d" } });
  });

  it("is accepted once for a commandId as long as it waits, and as long as events are remembered after its moment", async () => {
    const test = await open();
    const { commands, scheduled } = test.system;
    const call = () => commands.sendMail!({ aggregateId: "u-1", delay: "110d", commandId: "invoice-1", payload: {} });
    const dueAt = new Date(START + 110 * DAY_MS);
    expect(await call()).toEqual({ commandId: "invoice-1", dueAt, outcome: "accepted" });
    await test.advance("95d");
    await test.system.prune();
    expect(await call()).toEqual({ commandId: "invoice-1", dueAt, outcome: "duplicate" });
    // An operator moves it, and the id goes with it.
    await scheduled.reschedule("invoice-1", { dueAt: new Date(START + 300 * DAY_MS) });
    await test.advance("205d");
    expect(test.ran).toHaveLength(1);
    await test.system.prune();
    expect(await call()).toMatchObject({ outcome: "duplicate", dueAt: new Date(START + 300 * DAY_MS) });
    await test.advance("91d");
    await test.system.prune();
    expect(await call()).toMatchObject({ outcome: "accepted" });
  });

  it("is accepted once for a commandId as long as its dead letter is open", async () => {
    const attempts: string[] = [];
    const charge = ({ idempotencyKey }: CommandHandlerArgs) => {
      attempts.push(idempotencyKey);
      throw new Error("500");
    };
    const test = await open({ commands: { charge }, processes: { retry: { maxRetries: 0 } } });
    const call = () => test.system.commands["charge"]!({ aggregateId: "u-1", commandId: "invoice-1", payload: {} });
    await call();
    await test.settle();
    await test.advance("95d");
    await test.system.prune();
    expect(await call()).toMatchObject({ outcome: "duplicate" });
    const [letter] = await test.system.deadLetters.list();
    await test.system.deadLetters.discard(letter!.id);
    await test.system.prune();
    expect(await call()).toMatchObject({ outcome: "accepted" });
    expect(attempts.length).toBeLessThanOrEqual(2);
  });

  it("is accepted once for a commandId, as long as events are remembered", async () => {
    const test = await open({ retention: { deduplication: "1d" } });
    const send = () => test.system.commands.sendMail!({ aggregateId: "u-1", commandId: "c-1", delay: "1h", payload: {} });
    const dueAt = new Date(START + 3_600_000);
    expect(await Promise.all([send(), send()])).toEqual([
      { commandId: "c-1", dueAt, outcome: "accepted" },
      { commandId: "c-1", dueAt, outcome: "duplicate" },
    ]);
    await test.advance("2h");
    expect(await send()).toEqual({ commandId: "c-1", dueAt, outcome: "duplicate" });
    expect(test.ran).toHaveLength(1);
    await test.advance("2d");
    await test.system.prune();
    expect(await send()).toMatchObject({ outcome: "accepted" });
  });

  it("runs in order with others for its aggregate, in whatever order those were named, and beside those for others", async () => {
    const test = await open();
    test.fail("sendMail", 1);
    const { commands } = test.system;
    await Promise.all([
      commands.sendMail!({ aggregateId: "u-1" }),
      commands.other!({ aggregateId: "u-1" }),
      commands.other!({ aggregateId: "u-2" }),
    ]);
    await test.settle();
    expect(test.ran.map(({ command }) => command.aggregateId)).toEqual(["u-2"]);
    await test.advance("1s");
    expect(test.ran.map(({ command: { type, aggregateId } }) => `${type} ${aggregateId}`)).toEqual([
      "other u-2",
      "sendMail u-1",
      "other u-1",
    ]);
  });

  it("with a lane of its own waits for nobody, whatever its id is", async () => {
    const test = await open();
    test.fail("sendMail", 1);
    const { commands } = test.system;
    await commands.sendMail!({ aggregateId: "u 1" });
    for (const commandId of ["a b", "a%20b", "%"]) await commands.other!({ aggregateId: "u 1", commandId, lane: "own", payload: {} });
    await test.settle();
    expect(test.ran.map(({ command }) => command.commandId).toSorted()).toEqual(["%", "a b", "a%20b"]);
    expect(await test.system.lag()).toMatchObject({ pendingCommands: 1 });
    await expect(commands.other!({ aggregateId: "u", key: "k", payload: {} })).rejects.toMatchObject({ code: "COMMAND_INVALID" });
  });

  it("with a lane of its own runs at once, whether the worker or a client was given it", async () => {
    const path = createDatabasePath();
    const open = async (role: "worker" | "client", other: () => void) => {
      const system = await createProcessSystem({ store: { path }, role, commands: { other }, logger: silentLogger });
      onTestFinished(() => system.stop());
      await system.start();
      return system;
    };
    let ran: () => void;
    const [worker, client] = [await open("worker", () => ran()), await open("client", () => {})];
    for (const system of [worker, client]) {
      const done = new Promise<void>((resolve) => (ran = resolve));
      await system.commands["other"]!({ aggregateId: "u-1", lane: "own", payload: {} });
      // The worker would find it by itself once a minute.
      await within(done, "the command");
    }
  });

  it("that fails for good is a dead letter, and what is behind it runs", async () => {
    const test = await open({ processes: { retry: { retryStrategy: "none" } } });
    test.fail("sendMail", 1, new Error("mailbox full"));
    await test.system.commands.sendMail!({ aggregateId: "u-1", commandId: "c-1", payload: { to: "a" } });
    await test.system.commands.other!({ aggregateId: "u-1" });
    await test.settle();
    expect(test.ran.map(({ command }) => command.type)).toEqual(["other"]);
    expect(test.deadLetters()).toMatchObject([
      {
        kind: "command",
        process: "",
        processId: "",
        aggregateId: "u-1",
        handler: "sendMail",
        command: { commandId: "c-1", payload: { to: "a" } },
        error: { message: "mailbox full" },
      },
    ]);
    await test.retryDeadLetters();
    expect(test.ran.map(({ command, idempotencyKey }) => [command.commandId === "c-1", idempotencyKey === "c-1"])).toEqual([
      [false, false],
      [true, false],
    ]);
    expect(await test.system.lag()).toMatchObject({ deadLetters: 0, pendingCommands: 0 });
  });

  it("has its returned events accepted", async () => {
    const test = await open({ commands: { pay: ({ command }) => ({ type: "Paid", aggregateId: command.aggregateId }) } });
    await test.system.commands.pay!({ aggregateId: "o-1" });
    await test.settle();
    expect(await test.system.lag()).toMatchObject({ ignored: 1 });
  });

  it.each([
    [{}, "COMMAND_INVALID", "its aggregateId is missing"],
    [undefined, "COMMAND_INVALID", "without a plain object"],
    [{ aggregateId: "u", delay: "1h30m" }, "DURATION_INVALID", "delay"],
    [{ aggregateId: "u", commandId: "", payload: {} }, "COMMAND_INVALID", "its commandId is an empty text"],
    [{ aggregateId: "u", comandId: "c", payload: {} }, "COMMAND_INVALID", "did you mean commandId?"],
    [{ aggregateId: "u", commandId: "c-1" }, "COMMAND_INVALID", "can be meant as the command's name or as a field of its payload"],
    [{ aggregateId: "u", payload: { at: 1n } }, "COMMAND_PAYLOAD_INVALID", "payload"],
  ])("is refused and not stored when it is called with %o", async (options, code, problem) => {
    const test = await open();
    const dispatched = test.system.commands.sendMail!(options as never);
    await expect(dispatched).rejects.toMatchObject({ code, message: expect.stringContaining(problem) as string });
    expect(await test.system.lag()).toMatchObject({ pendingCommands: 0 });
  });

  it("that nobody handles is refused with the nearest name, and by a system that has stopped", async () => {
    const test = await open();
    await expect(test.system.commands.sendMial!({ aggregateId: "u-1" })).rejects.toMatchObject({
      code: "COMMAND_UNKNOWN",
      message: expect.stringContaining("did you mean sendMail?") as string,
    });
    expect(Object.keys(test.system.commands)).toEqual(["sendMail", "other"]);
    const { system } = test;
    await system.stop();
    await expect(system.commands.sendMail!({ aggregateId: "u-1" })).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
  });

  it("is stored once, however a crash comes", async () => {
    for (const point of ["before-accept", "after-accept", "before-command", "after-command"] as const) {
      const test = await open();
      test.crashAt(point);
      const send = () => test.system.commands.sendMail!({ aggregateId: "u-1", commandId: "c-1", payload: {} });
      await send().catch(() => {});
      await test.settle();
      expect(test.crashes).toBe(1);
      await send();
      await test.settle();
      expect(new Set(test.ran.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
      expect(await test.system.lag()).toMatchObject({ pendingCommands: 0 });
    }
  });
});
