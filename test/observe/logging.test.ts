import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, defineProcess, type HandlerArgs, type Logger, type ProcessSystemOptions } from "perdure";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTestSystem } from "../support/order-process.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const order = "order/order-lifecycle";

function createLog() {
  const lines: string[] = [];
  const fields: unknown[] = [];
  const write = (level: string) => (message: string, more?: unknown) => {
    lines.push(`${level}: ${message}`);
    fields.push(more);
  };
  const logger: Logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  return { lines, fields, logger };
}

interface Does {
  readonly placed?: (args: HandlerArgs) => unknown;
  readonly timedOut?: (args: HandlerArgs) => unknown;
}

const define = ({ placed = () => {}, timedOut = () => {} }: Does = {}) =>
  defineLifecycle({ OrderPlaced: placed }, { onTimedOut: timedOut });

const placed = (aggregateId = "o-1") => ({ type: "OrderPlaced", aggregateId });

async function openLogged(does: Does, commands: ProcessSystemOptions["commands"] = {}) {
  const log = createLog();
  const test = await openTestSystem({ definitions: [define(does)], commands, logger: log.logger, processes: { retry: { maxRetries: 1 } } });
  const failures = () => log.lines.filter((line) => /^(warn|error)/.test(line));
  return { test, ...log, failures };
}

const down = () => {
  throw new Error("the mail server is down\nand this is its second line");
};

describe("what failed is logged:", () => {
  it("each attempt of a handler with its next one, then the dead letter with the command that shows it", async () => {
    const { test, failures, fields } = await openLogged({ placed: down });
    await test.dispatch(placed());
    await test.advance("1h");
    const [letter] = test.deadLetters();
    expect(failures()).toEqual([
      `warn: process "${order}", aggregate "o-1": attempt 1 of on-order-placed failed: Error: the mail server is down; the next attempt is due at 2026-01-01T00:00:01.000Z`,
      `error: process "${order}", aggregate "o-1": on-order-placed failed for good after 2 attempts: Error: the mail server is down; look at it with: perdure dead-letters show ${letter!.id}`,
    ]);
    expect(fields.slice(-2)).toMatchObject([
      { process: order, aggregateId: "o-1", handler: "on-order-placed", attempt: 1, retryAt: new Date("2026-01-01T00:00:01Z") },
      { process: order, deadLetterId: letter!.id, processId: letter!.processId, attempts: 2 },
    ]);
  });

  it("the same of a command and of a timed-out handler, and one attempt that was the only one", async () => {
    const final = ({ commands, event }: HandlerArgs) => commands["unheardOf"]!({ aggregateId: event.aggregateId });
    const { test, failures } = await openLogged(
      { placed: ({ commands }) => commands["work"]!({ aggregateId: "w" }), timedOut: final },
      { work: down },
    );
    await test.dispatch(placed());
    await test.advance("1m");
    await test.retryDeadLetters();
    await test.advance("1m");
    const letter = test.deadLetters()[0]!;
    await test.system.deadLetters.discard(letter.id);
    expect(failures()).toHaveLength(4);
    expect(failures()[0]).toMatch(/attempt 1 of command work failed: Error: the mail server is down; the next/);
    expect(failures()[3]).toMatch(/command work failed for good after 2 attempts: .* perdure dead-letters show /);

    const alone = await openLogged({ timedOut: final });
    await alone.test.dispatch(placed());
    await alone.test.advance("8d");
    expect(alone.failures()).toEqual([
      expect.stringMatching(/^error: .* on-order-lifecycle-timed-out failed for good after 1 attempt: ProcessError: .*"unheardOf"/),
    ]);
  });

  it("in one line of moderate length that gives a terminal no orders", async () => {
    const { test, failures } = await openLogged({
      placed: () => {
        throw new Error(`\u001b[2Jgone \u202E${"x".repeat(5_000_000)}`);
      },
    });
    await test.dispatch(placed("o-\u001b[31m1\u202E\u009b"));
    await test.advance("1m");
    expect(failures()).toEqual([expect.stringMatching(/attempt 1 of/), expect.stringMatching(/failed for good/)]);
    for (const failure of failures()) {
      expect(failure).toContain("\\u001b[2Jgone \\u202exxx");
      expect(failure).not.toMatch(/[\p{Cc}\u202E]/u);
      expect(failure.length).toBeLessThan(600);
    }
  });

  it("and nothing of what goes well, or of what a crash cuts off", async () => {
    const { test, failures } = await openLogged({});
    test.crashAt("before-step");
    await test.dispatch([placed(), { type: "OrderFulfilled", aggregateId: "o-1" }]);
    expect(failures()).toEqual([]);
  });
});

describe("an event that no process knows", () => {
  it("is warned of once for each type, with the nearest name; one that only finds no open instance is not", async () => {
    const { test, failures } = await openLogged({});
    for (const type of ["OrderPlacd", "OrderPlacd", "OrderFulfilled", "Weather"]) await test.dispatch({ type, aggregateId: "o-1" });
    expect(failures()).toEqual([
      'warn: no process knows the event "OrderPlacd", so it is not stored; did you mean OrderPlaced?',
      'warn: no process knows the event "Weather", so it is not stored',
    ]);
  });

  it("is warned of where a command handler returns it", async () => {
    const commands = { work: () => ({ type: "OrderFulfiled", aggregateId: "o-1" }) };
    const { test, failures } = await openLogged({ placed: ({ commands }) => commands["work"]!({ aggregateId: "w" }) }, commands);
    await test.dispatch([placed(), placed("o-2")]);
    expect(failures()).toEqual(['warn: no process knows the event "OrderFulfiled", so it is not stored; did you mean OrderFulfilled?']);
  });

  it("has the nearest name from the worker's definitions, where those who accept have others", async () => {
    const path = createDatabasePath();
    const open = async (options: ProcessSystemOptions) => {
      const log = createLog();
      const system = await createProcessSystem({ store: { path }, logger: log.logger, ...options });
      onTestFinished(() => system.stop());
      await system.start();
      return { system, ...log };
    };
    await open({ definitions: [define()] });
    const other = defineProcess({
      aggregate: "permit",
      name: "permit-review",
      startedBy: ["PermitFiled"],
      completedBy: [],
      timeout: "7d",
      on: {},
    });
    const { system, lines } = await open({ definitions: [other], role: "client" });
    expect(await system.dispatch({ type: "OrderPlacd", aggregateId: "o-1" })).toMatchObject({ outcome: "unrouted" });
    await expect
      .poll(() => lines)
      .toEqual(['warn: no process knows the event "OrderPlacd", so it is not stored; did you mean OrderPlaced?']);
  });
});

describe("a worker says", () => {
  it("that it works, that it stands by, and that it has taken over from one that has not given its lease back", async () => {
    const path = createDatabasePath();
    const open = async () => {
      const log = createLog();
      const system = await createProcessSystem({ definitions: [define()], store: { path }, logger: log.logger });
      onTestFinished(() => system.stop());
      await system.start();
      return { system, ...log };
    };
    const first = await open();
    expect(first.lines).toEqual([expect.stringMatching(/^info: worker \S+ works$/)]);
    const [, name] = /worker (\S+) works/.exec(first.lines[0]!)!;
    const second = await open();
    expect(second.lines).toEqual([expect.stringMatching(/^info: worker \S+ stands by: /)]);
    expect(second.lines[0]).toContain(`${name} works`);
    await first.system.stop();
    await expect.poll(() => second.lines.slice(1)).toEqual([expect.stringMatching(/^info: worker \S+ works$/)]);
    await second.system.stop();

    const database = new SqliteDatabase(path);
    database.prepare("UPDATE perdure_lease SET owner = 'elsewhere:1:x', expires_at = 1").run();
    database.close();
    expect((await open()).lines).toEqual([
      expect.stringMatching(/^info: worker \S+ has taken over from elsewhere:1:x, which had not given its lease back$/),
    ]);
  });
});
