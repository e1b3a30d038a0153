import { expect, onTestFinished, test, vi } from "vitest";
import { createSlots } from "../../src/runtime/schedule/slots.ts";
import { createSuspects } from "../../src/runtime/run/suspects.ts";
import type { Committer } from "../../src/runtime/commit/committer.ts";
import { fakeClocks } from "../support/fake-clocks.ts";
import { silentLogger } from "../support/silent-logger.ts";

test("suspects take turns while others have work, also if the one that was called waits for a limit", async () => {
  onTestFinished(fakeClocks());
  const marked = ["a", "b", "c"].map((id, index) => ({
    kind: "command" as const,
    id,
    number: index + 1,
    state: "suspect" as const,
    deaths: 0,
  }));
  const called: string[] = [];
  const submit = (async (_kind: string, write: (previous: undefined) => unknown) => write(undefined)) as Committer["submit"];
  const [handlerSlots, commandSlots] = [createSlots(4), createSlots(4)];
  const suspects = createSuspects(
    { marked, steps: 0, commands: 0 },
    {
      store: { put: () => {}, remove: () => {} } as never,
      submit,
      isCalledOff: () => false,
      logger: silentLogger,
      handlerSlots,
      commandSlots,
      call: ({ id }) => void called.push(id),
      isRestIdle: () => false,
    },
  );
  onTestFinished(() => suspects.close());
  const begun: string[] = [];
  const attempt = (record: (typeof marked)[number]) =>
    suspects.attempt({ ...record, name: record.id, attempt: 1 }, commandSlots, async () => void begun.push(record.id));
  for (const record of marked) await attempt(record);
  vi.advanceTimersByTime(4_000);
  // None of those that are called begins, because each waits for its limit.
  expect(called).toEqual(["a", "b", "c", "a"]);
  await attempt(marked[1]!);
  await attempt(marked[0]!);
  expect(begun).toEqual(["a"]);
  suspects.close();
  expect(vi.getTimerCount()).toBe(0);
});
