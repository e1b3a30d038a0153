import { createProcessSystem, definePolicy, defineProcess, defineSchedule, NonRetryableError, type ProcessSystem } from "perdure";
import { connectRestate, registerRestate, type RestateServer as ServiceServer, serveRestate } from "perdure/restate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../support/patience.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../../support/restate-server.ts";
import { silentLogger } from "../../support/silent-logger.ts";

/*
 * Policies, commands from outside and schedules, told to a system on SQLite and to a client on Restate. What happens, and what each look-up says of
 * it, has to be the same, but for moments and for identities.
 */

const HOUR = 3_600_000;

const order = defineProcess({
  aggregate: "order",
  name: "lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderPacked"],
  timeout: "7d",
  on: { OrderPlaced: ({ event, commands }) => commands["remind"]!({ aggregateId: event.aggregateId, delay: "2d" }) },
});

const policies = [
  definePolicy({
    aggregate: "order",
    name: "pack",
    on: "OrderPlaced",
    handler: ({ event, commands }) => commands["pack"]!({ aggregateId: event.aggregateId, payload: event.payload }),
  }),
  definePolicy({
    aggregate: "order",
    name: "ask-for-a-review",
    on: "OrderPacked",
    delay: "14d",
    handler: ({ event, commands }) => commands["remind"]!({ aggregateId: event.aggregateId }),
  }),
  definePolicy({
    aggregate: "order",
    name: "count",
    on: "OrderCounted",
    handler: ({ event }) => {
      if ((event.payload as { fails?: boolean }).fails === true) throw new NonRetryableError("cannot count");
      counted.push(`${event.aggregateId} ${event.eventId}`);
    },
  }),
];

const schedules = [
  defineSchedule({
    aggregate: "order",
    name: "yearly",
    cron: "0 0 1 1 *",
    event: { type: "OrderCounted", aggregateId: "all", payload: {} },
  }),
];

let counted: string[] = [];
const commands = {
  pack: ({ command }: { readonly command: { readonly aggregateId: string } }) => ({
    type: "OrderPacked",
    aggregateId: command.aggregateId,
  }),
  remind: () => {},
  invoice: ({ command }: { readonly command: { readonly payload: unknown } }) => {
    if ((command.payload as { fails?: boolean }).fails === true) throw new NonRetryableError("no paper");
    return { type: "OrderCounted", aggregateId: "invoiced", eventId: "invoiced", payload: {} };
  },
};
const shared = { definitions: [order], policies, schedules, commands, logger: silentLogger } as const;

async function tell(system: ProcessSystem): Promise<unknown> {
  counted = [];
  const seen: Record<string, unknown> = {};
  const { deadLetters, scheduled, timers } = system;
  seen["receipts"] = [
    await system.dispatch({ type: "OrderPlaced", aggregateId: "o 1", eventId: "placed", payload: {} }),
    await system.dispatch({ type: "OrderPlaced", aggregateId: "o 1", eventId: "placed", payload: {} }),
    await system.dispatch([
      { type: "OrderCounted", aggregateId: "o 1", eventId: "bad", payload: { fails: true } },
      { type: "OrderCounted", aggregateId: "o 1", eventId: "good", payload: {} },
    ]),
  ];
  const invoice = (commandId: string, more: object) => system.commands["invoice"]!({ aggregateId: "c-1", commandId, payload: {}, ...more });
  const receipts = [
    await invoice("now", {}),
    await invoice("fails", { payload: { fails: true } }),
    await invoice("later", { delay: "3d" }),
  ];
  const again = await invoice("later", {});
  seen["commands"] = [...receipts, again].map(({ commandId, outcome }) => ({ commandId, outcome }));
  seen["the moment of a duplicate"] = again.dueAt.getTime() === receipts[2]!.dueAt.getTime();
  await invoice("off", { delay: "4d" });

  const letters = await until(
    () => deadLetters.list(),
    (open) => open.length === 2,
    20_000,
  );
  await until(() => counted.length === 2 && system.processes.find({ status: "completed" }).then((found) => found.length === 1));
  seen["letters"] = letters
    .map(({ kind, process, processId, aggregateId, handler, attempts, status, error }) => ({
      kind,
      process,
      processId,
      aggregateId,
      handler,
      attempts,
      status,
      message: error.message,
    }))
    .toSorted((one, other) => (one.kind < other.kind ? -1 : 1));
  seen["of a policy"] = (await deadLetters.list({ process: "order/count" })).length;
  const timersOf = async (filter: object) =>
    (await timers.list(filter)).map(({ kind, process, aggregateId, processId, command, policy, name }) => ({
      kind,
      process,
      aggregateId,
      command,
      policy,
      name,
      isOfInstance: processId !== undefined,
    }));
  seen["timers"] = await timersOf({});
  seen["timers of schedules"] = await timersOf({ kind: "schedule" });
  const listed = await scheduled.list({ limit: 2 });
  seen["scheduled"] = [...listed, ...(await scheduled.list({ cursor: listed.nextCursor! }))].map(({ type, aggregateId, process, key }) => ({
    type,
    aggregateId,
    process,
    key,
  }));
  await scheduled.cancel("off", { by: "ada" });
  const moved = await scheduled.reschedule("later", { dueAt: "1d" });
  seen["moved"] = Math.round((moved.dueAt.getTime() - Date.now()) / HOUR);
  seen["left"] = (await scheduled.list({ process: "" })).map(({ commandId, dueAt }) => [
    commandId,
    Math.round((dueAt.getTime() - Date.now()) / HOUR),
  ]);
  await expect(scheduled.cancel("off")).rejects.toMatchObject({ code: "COMMAND_NOT_SCHEDULED" });
  const reminder = (await scheduled.list({ process: "order/lifecycle" }))[0]!;
  await scheduled.cancel(reminder.commandId, { reason: "no need" });
  seen["history"] = (await system.processes.history(reminder.processId)).map(({ kind }) => kind);

  const policyLetter = letters.find(({ kind }) => kind === "policy")!;
  await deadLetters.retry(policyLetter.deadLetterId, { payload: {}, by: "ada" });
  await until(() => counted.length === 3, Boolean, 20_000);
  await deadLetters.skip(letters.find(({ kind }) => kind === "command")!.deadLetterId);
  await expect(deadLetters.retry(policyLetter.deadLetterId)).rejects.toMatchObject({ code: "DEAD_LETTER_SETTLED" });
  seen["settled"] = (await deadLetters.list({ status: "any" })).map(({ status }) => status).toSorted();

  seen["schedules"] = (await system.schedules.list()).map(({ schedule, cron, timeZone, missed, dueAt, lastAt }) => ({
    schedule,
    cron,
    timeZone,
    missed,
    dueAt,
    lastAt,
  }));
  const at = "2026-01-01T00:00:00Z";
  seen["runs"] = [await system.schedules.run("order/yearly", { at }), await system.schedules.run("order/yearly", { at })];
  await until(() => counted.length === 4, Boolean, 20_000);
  await expect(system.schedules.run("order/monthly")).rejects.toMatchObject({ code: "SCHEDULE_UNKNOWN" });
  seen["counted"] = counted.toSorted();
  await system.whenIdle();
  const { deadLetters: open, pendingCommands, overdueCommands, waiting } = await system.lag();
  seen["lag"] = { open, pendingCommands, overdueCommands, waiting };
  return seen;
}

describe.skipIf(!isRestateHere())("policies, commands from outside and schedules", () => {
  let server: RestateServer;
  let services: ServiceServer;
  let restate: ProcessSystem;
  let sqlite: ProcessSystem;
  const registrations: unknown[] = [];

  beforeAll(async () => {
    server = await startRestateServer();
    const { ingress, admin } = server;
    services = await serveRestate({ ...shared, port: 0, address: "127.0.0.1" });
    const uri = `http://127.0.0.1:${services.port}`;
    registrations.push(
      await registerRestate({ admin, uri }).catch((error: unknown) => error),
      await registerRestate({ admin, ingress, uri }),
    );
    restate = await connectRestate({ ...shared, ingress, admin });
    await restate.start();
    sqlite = await createProcessSystem({ ...shared, store: { path: ":memory:" } });
    await sqlite.start();
  }, 60_000);
  afterAll(async () => {
    await sqlite?.stop();
    await restate?.stop();
    await services?.stop({ timeout: 0 });
    await server?.[Symbol.asyncDispose]();
  });

  it("are registered by the ingress, because schedules begin there", () => {
    expect(registrations).toMatchObject([
      { code: "CONFIG_INVALID", problem: expect.stringContaining("order/yearly") },
      { added: ["order/ask-for-a-review", "order/count", "order/lifecycle", "order/pack"] },
    ]);
  });

  it("are the same on both hosts, and in what is seen of them", async () => {
    const expected = await tell(sqlite);
    expect(await tell(restate)).toEqual(expected);
  }, 60_000);
});
