import { defineProcess } from "perdure";
import { createTestSystem } from "perdure/testing";
import { expect, onTestFinished, test } from "vitest";
import type { InspectionEvent } from "xstate";
import { z } from "zod";
import { createProcessMachine } from "../../src/machine/process-machine.ts";
import { createJournalFollower } from "../../src/observe/inspection/journal-follower.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const shipping = defineProcess({
  aggregate: "order",
  name: "shipping",
  startedBy: ["OrderPlaced"],
  completedBy: [],
  context: z.object({ isPaid: z.boolean().default(false), parcel: z.string().optional() }),
  completeWhen: ({ context }) => context.isPaid && context.parcel !== undefined,
  on: {
    PaymentReceived: () => ({ isPaid: true }),
    ParcelPacked: ({ event }) => ({ parcel: (event.payload as { parcel: string }).parcel }),
  },
});

async function open(path: string, inspect?: (event: InspectionEvent) => void) {
  const shop = await createTestSystem({ definitions: [shipping], store: { path }, logger: silentLogger, ...(inspect && { inspect }) });
  onTestFinished(() => shop.stop());
  const dispatch = (type: string, payload: object = {}) => shop.dispatch({ type, aggregateId: "o-1", payload });
  return { shop, dispatch };
}

/** The snapshots that an inspector was told, each with what the instance remembered. */
function contextsOf(told: readonly InspectionEvent[]): readonly unknown[] {
  return told.flatMap((event) => (event.type === "@xstate.snapshot" ? [(event.snapshot as { context?: unknown }).context] : []));
}

test("a snapshot's context is what the instance remembered at that entry", async () => {
  const told: InspectionEvent[] = [];
  const { dispatch } = await open(createDatabasePath(), (event) => void told.push(event));
  await dispatch("OrderPlaced");
  await dispatch("ParcelPacked", { parcel: "p-1" });
  await dispatch("PaymentReceived");
  expect(contextsOf(told)).toEqual([
    { isPaid: false },
    { isPaid: false },
    { isPaid: false, parcel: "p-1" },
    { isPaid: true, parcel: "p-1" },
  ]);
  expect(told.at(-1)).toMatchObject({ snapshot: { status: "done", value: "completed", instance: { aggregateId: "o-1" } } });
});

test.each([
  ["that is told of from its beginning", 10, [{ isPaid: false }, { isPaid: false }, { isPaid: false, parcel: "p-1" }]],
  ["that was not told of before", 0, []],
])("a follower of the journal shows the context of an instance %s", async (_, limit, replayed) => {
  const path = createDatabasePath();
  const { shop, dispatch } = await open(path);
  await dispatch("OrderPlaced");
  await dispatch("ParcelPacked", { parcel: "p-1" });
  const store = openSqliteStore({ path, synchronous: "normal" });
  onTestFinished(() => store.close());
  const follower = createJournalFollower(store, new Map([["order/shipping", createProcessMachine(shipping)]]), { limit, pageSize: 1 });
  const read = () => {
    const told: InspectionEvent[] = [];
    for (let next = follower.next(); next !== undefined; next = follower.next()) told.push(...next.map(({ event }) => event));
    return told;
  };
  expect(contextsOf(read())).toEqual(replayed);
  await dispatch("PaymentReceived");
  expect(contextsOf(read())).toEqual([{ isPaid: true, parcel: "p-1" }]);
  expect(shop.instance("o-1")?.context).toEqual({ isPaid: true, parcel: "p-1" });
});
