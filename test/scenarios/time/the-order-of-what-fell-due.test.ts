import { expect, test } from "vitest";
import { createDatabasePath } from "../../support/temporary-folder.ts";
import { openOrderSystem } from "../../support/order-process.ts";
import { DAY, HOUR, placed, start } from "./support.ts";

test("x", async () => {
  const path = createDatabasePath();
  const commands = ["first", "second", "third", "late", "sorry"];
  const does = {
    OrderPlaced: async ({ commands, event: { aggregateId } }: any) => {
      await commands.first({ aggregateId, delay: "1h" });
      await commands.second({ aggregateId, delay: "2h" });
      await commands.third({ aggregateId, delay: "47h" });
      await commands.late({ aggregateId, delay: "49h" });
    },
    TimedOut: async ({ commands, event: { aggregateId } }: any) => void (await commands.sorry({ aggregateId })),
  };
  const before = await openOrderSystem({ does, commands, system: { store: { path } } });
  await before.test.dispatch([placed, { ...placed, aggregateId: "o-2", occurredAt: start + HOUR / 2 }]);
  await before.test.stop();
  const after = await openOrderSystem({ does, commands, system: { store: { path }, now: start + 9 * DAY } });
  await after.test.settle();
  expect(after.recording.ran).toEqual([]);
});
