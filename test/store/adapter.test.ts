import SqliteDatabase from "better-sqlite3";
import { createProcessSystem } from "perdure";
import type { Store } from "perdure/store";
import { createTestSystem } from "perdure/testing";
import { describe, expect, test as it } from "vitest";
import { useSqliteDatabase } from "../../src/store/sqlite/sqlite-store.ts";
import { createRecording, defineOrder } from "../support/order-process.ts";

/** An adapter that notes what is done with it. */
function createAdapter() {
  const database = new SqliteDatabase(":memory:");
  const calls: string[] = [];
  const open = (): Store => {
    calls.push("open");
    return { ...useSqliteDatabase(database, "full"), close: () => void calls.push("close") };
  };
  return { open, calls };
}

describe("a store of one's own", () => {
  it("is opened at each start and closed at each stop, and holds everything meanwhile", async () => {
    const { open, calls } = createAdapter();
    const system = await createProcessSystem({ definitions: [defineOrder(createRecording())], store: { open } });
    await system.start();
    await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await system.whenIdle();
    await system.stop();
    expect(calls).toEqual(["open", "close"]);
    await system.start();
    expect(await system.processes.find()).toMatchObject([{ aggregateId: "o-1", status: "started" }]);
    await system.stop();
    expect(calls).toEqual(["open", "close", "open", "close"]);
  });

  it("serves a test system, over a restart", async () => {
    const { open } = createAdapter();
    await using test = await createTestSystem({ definitions: [defineOrder(createRecording())], store: { open } });
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await test.restart();
    await test.advance("48h");
    expect(test.instance("o-1")?.status).toBe("timed_out");
  });

  it("is refused when what it opens is no store", async () => {
    const definitions = [defineOrder(createRecording())];
    for (const opened of [Promise.resolve(), undefined, {}]) {
      await expect(createProcessSystem({ definitions, store: { open: () => opened as never } })).rejects.toThrow(
        expect.objectContaining({ code: "CONFIG_INVALID" }),
      );
    }
  });

  it("may stand beside a file of dead letters", async () => {
    const { open } = createAdapter();
    const options = {
      definitions: [defineOrder(createRecording())],
      store: { open },
      processes: { dlq: { type: "sqlite", path: ":memory:" } },
    } as const;
    const system = await createProcessSystem(options);
    await system.stop();
  });
});
