import { join } from "node:path";
import { expect, test as it } from "vitest";
import { sendFile } from "../../src/cli/send/send-file.ts";
import { openTestSystem } from "../support/order-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const lifecycle = defineLifecycle();

it.each<[object, RegExp]>([
  [{ occuredAt: "2026-01-01T00:00:00Z" }, /^line 2: .*no field "occuredAt"; did you mean occurredAt\?/],
  [{ data: { total: 1 } }, /^line 2: .*no field "data"; did you mean payload\?/],
  [{ type: "order-placed" }, /^line 2: .*did you mean OrderPlaced\?/],
  [{ occurredAt: "2026-01-01T00:00:00" }, /^line 2: .*says no zone/],
])("a line with %j is refused by its number, and nothing of its batch is accepted", async (more, message) => {
  const { system } = await openTestSystem({ definitions: [lifecycle] });
  const placed = { type: "OrderPlaced", aggregateId: "o-1" };
  const folder = createTemporaryFolder({ "events.jsonl": [placed, { ...placed, ...more }].map((line) => JSON.stringify(line)).join("\n") });
  const options = { file: join(folder, "events.jsonl"), idPrefix: "import", onProgress: () => {}, onNameless: () => {} };
  await expect(sendFile(options, system)).rejects.toMatchObject({
    sentLines: 0,
    cause: { message: expect.stringMatching(message) as string },
  });
  expect(await system.lag()).toMatchObject({ accepted: 0 });
});
