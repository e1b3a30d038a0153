import { createProcessSystem, openDeadLetters, type ProcessSystem, RetryLaterError } from "perdure";
import { connectRestate } from "perdure/restate";
import { createTestSystem } from "perdure/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { startFakeServer } from "../restate/client/fake-server.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { silentLogger } from "../support/silent-logger.ts";

const definitions = [defineLifecycle()];

async function openOnSqlite(): Promise<ProcessSystem> {
  const test = await createTestSystem({ definitions });
  onTestFinished(() => test.stop());
  return test.system;
}

async function openOnRestate(): Promise<ProcessSystem> {
  const server = await startFakeServer(() => undefined);
  const system = await connectRestate({ definitions, ingress: server.url, admin: server.url, logger: silentLogger });
  onTestFinished(() => system.stop());
  return system;
}

// The casts say that each call is one that TypeScript refuses.
type Call = (system: ProcessSystem) => Promise<unknown>;
const wrong = (value: unknown) => value as never;

const options: readonly (readonly [string, Call])[] = [
  ["waitFor.statuss is not an option; did you mean status", ({ processes }) => processes.waitFor({}, wrong({ statuss: "completed" }))],
  ["waitFor.timout is not an option; did you mean timeout", ({ processes }) => processes.waitFor({}, wrong({ timout: "1s" }))],
  ["waitFor is null", ({ processes }) => processes.waitFor({}, wrong(null))],
  ["stop.timout is not an option; did you mean timeout", (system) => system.stop(wrong({ timout: "1s" }))],
  ["stop is null", (system) => system.stop(wrong(null))],
  ["options.why is not an option", ({ processes }) => processes.cancel("p-1", wrong({ why: "x" }))],
  ["options.dryrun is not an option; did you mean dryRun", ({ processes }) => processes.suspendAll({}, wrong({ dryrun: true }))],
  ["options.dryRun is not an option", ({ deadLetters }) => deadLetters.skip("l-1", wrong({ dryRun: true }))],
  ["options.why is not an option", ({ scheduled }) => scheduled.cancel("c-1", wrong({ why: "x" }))],
  ["schedules.run.moment is not an option", ({ schedules }) => schedules.run("order/weekly", wrong({ moment: 1 }))],
  ["health.longest is not an option", (system) => system.health(wrong({ longest: "1s" }))],
];

const values: readonly (readonly [string, Call])[] = [
  ['filter.status is "done"', ({ processes }) => processes.find(wrong({ status: "done" }))],
  ['filter.status is "open"', ({ processes }) => processes.cancelAll(wrong({ status: "open" }))],
  ['filter.suspended is "yes"', ({ processes }) => processes.find(wrong({ suspended: "yes" }))],
  ["filter.aggregateId is 7", ({ processes }) => processes.find(wrong({ aggregateId: 7 }))],
  ['filter.status is "done"', ({ processes }) => processes.waitFor(wrong({ status: "done" }))],
  ['waitFor: status is "done"', ({ processes }) => processes.waitFor({}, wrong({ status: "done" }))],
  ["filter is null", ({ processes }) => processes.find(wrong(null))],
  ["filter is null", ({ processes }) => processes.waitFor(wrong(null))],
  ["limit is 1.5", ({ processes }) => processes.find({ limit: 1.5 })],
  ['filter.kind is "zz"', ({ timers }) => timers.list(wrong({ kind: "zz" }))],
  ["filter is null", ({ timers }) => timers.list(wrong(null))],
  ["filter.type is true", ({ scheduled }) => scheduled.list(wrong({ type: true }))],
  ["filter is null", ({ scheduled }) => scheduled.list(wrong(null))],
  ['filter.status is "xx"', ({ deadLetters }) => deadLetters.list(wrong({ status: "xx" }))],
  ["filter is null", ({ deadLetters }) => deadLetters.list(wrong(null))],
  ["filter.status is not an option", ({ deadLetters }) => deadLetters.retryAll(wrong({ status: "open" }))],
  ["filter.process is 7", ({ deadLetters }) => deadLetters.retryAll(wrong({ process: 7 }))],
  ['options.dryRun is "no"', ({ deadLetters }) => deadLetters.discardAll({}, wrong({ dryRun: "no" }))],
  ["options.dryRun is 0", ({ processes }) => processes.cancelAll({}, wrong({ dryRun: 0 }))],
  ["processes.get: processId is [object Object]", ({ processes }) => processes.get(wrong({}))],
  ["processId is undefined", ({ processes }) => processes.history(wrong(undefined))],
  ["processId is [object Object]", ({ processes }) => processes.waiting(wrong({}))],
  ["deadLetters.get: id is [object Object]", ({ deadLetters }) => deadLetters.get(wrong({}))],
  ["deadLetters.retry: id is [object Object]", ({ deadLetters }) => deadLetters.retry(wrong({}))],
];

describe.each([
  ["on SQLite", openOnSqlite],
  ["on Restate", openOnRestate],
])("%s", (_, open) => {
  it("refuses options that there are not, and says which was meant", async () => {
    const system = await open();
    for (const [problem, call] of options) {
      await expect(call(system)).rejects.toMatchObject({ code: "CONFIG_INVALID", problem: expect.stringContaining(problem) });
    }
    expect(system.state).not.toBe("stopped");
  });

  it("stops as a listener to a signal, which is given the signal's name", async () => {
    const { stop } = await open();
    const listener: (...args: readonly unknown[]) => Promise<void> = stop as never;
    await expect(listener("SIGTERM", 15)).resolves.toBeUndefined();
  });

  it("refuses a value that nothing can have, and says which can be", async () => {
    const system = await open();
    for (const [problem, call] of values) {
      await expect(call(system)).rejects.toMatchObject({ code: "CONFIG_INVALID", problem: expect.stringContaining(problem) });
    }
    await expect(system.processes.find(wrong({ status: "done" }))).rejects.toMatchObject({
      hint: "It must be one of started, completed, timed_out, failed, cancelled.",
    });
    await expect(system.timers.list(wrong({ kind: "zz" }))).rejects.toThrow("timeout, after, command, retry");
    await expect(system.deadLetters.list(wrong({ status: "xx" }))).rejects.toThrow("open, retried, skipped, discarded, any");
  });
});

it("takes fields that are undefined for fields that are left out", async () => {
  const { processes, deadLetters, timers, scheduled } = await openOnSqlite();
  const nothing = {
    process: undefined,
    aggregateId: undefined,
    status: undefined,
    suspended: undefined,
    kind: undefined,
    limit: undefined,
  };
  const { kind: _kind, suspended: _suspended, ...letters } = nothing;
  const { kind, status: _status, ...rest } = nothing;
  const { suspended: _, ...due } = rest;
  for (const list of [
    processes.find(wrong({ ...rest, status: undefined })),
    deadLetters.list(wrong(letters)),
    timers.list(wrong({ ...due, kind })),
    scheduled.list(wrong(due)),
  ]) {
    expect(await list).toEqual([]);
  }
});

it("refuses what is no path and no option of a file of dead letters, and an error that does not say when to retry", () => {
  expect(() => openDeadLetters(wrong({}))).toThrow("openDeadLetters: path is [object Object]");
  expect(() => openDeadLetters("dlq.db", wrong({ drver: "node:sqlite" }))).toThrow("openDeadLetters.drver is not an option");
  expect(() => openDeadLetters("dlq.db", wrong({ driver: "sqlite" }))).toThrow('openDeadLetters: driver is "sqlite"');
  expect(() => new RetryLaterError(wrong(undefined))).toThrow("RetryLaterError is undefined");
  expect(() => new RetryLaterError(wrong({ aftr: "1h" }))).toThrow("RetryLaterError.aftr is not an option; did you mean after");
});

it.each([
  ["processes.retry is null", { processes: { retry: null } }],
  ["processes.handlerTimeout is null", { processes: { handlerTimeout: null } }],
  ["processes.lease is null", { processes: { lease: null } }],
  ["retention.journal is null", { retention: { journal: null } }],
  ["store is null", { store: null }],
  ["store.path is null", { store: { path: null } }],
])("refuses an option that is null: %s", async (problem, given) => {
  await expect(createProcessSystem(wrong({ definitions, ...given }))).rejects.toThrow(problem);
});
