import { describe, expect, test as it } from "vitest";
import type { Live } from "../../src/ui/wire.ts";
import { openUi, place } from "./open-ui.ts";

async function follow(response: Response) {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  return {
    next: async () => JSON.parse(/^data: (.*)\n\n$/.exec((await reader.read()).value!)![1]!) as Live,
    end: () => reader.cancel(),
  };
}

describe("the live events", () => {
  it("tell at once how everything stands, and once after many commits", async () => {
    const { test, send } = await openUi();
    const live = await follow(await send("api/live"));
    expect(await live.next()).toMatchObject({ revision: 1, accepted: 0, worker: "working" });
    for (const id of ["a", "b", "c"]) await test.dispatch(place(id));
    await test.advance("1s");
    expect(await live.next()).toMatchObject({ revision: 2, accepted: 3, counts: { "order/order-lifecycle": { started: 3 } } });
    await live.end();
  });

  it("cost nothing any more when the page is gone", async () => {
    const { test, send } = await openUi();
    const live = await follow(await send("api/live"));
    await live.next();
    await live.end();
    const before = test.clock.nextTimerAt;
    await test.dispatch({ type: "Unknown", aggregateId: "x" });
    expect(test.clock.nextTimerAt).toBe(before);
  });
});
