import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { createProcessSystem } from "../../src/index.ts";
import { SendInterruption, sendFile, type SentCounts } from "../../src/cli/send/send-file.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const line = (aggregateId: string, more: object = {}) => JSON.stringify({ type: "OrderPlaced", aggregateId, ...more });

type Send = (lines: readonly string[], idPrefix: string, onNameless?: () => void) => Promise<SentCounts>;

async function openShop(): Promise<Send> {
  const order = defineLifecycle();
  const system = await createProcessSystem({ definitions: [order], store: { path: ":memory:" } });
  onTestFinished(() => system.stop());
  const folder = createTemporaryFolder();
  let files = 0;
  return async (lines, idPrefix, onNameless = () => {}) => {
    const file = join(folder, `${(files += 1)}.jsonl`);
    writeFileSync(file, lines.join("\n"));
    return sendFile({ file, idPrefix, onProgress: () => {}, onNameless }, system);
  };
}

const counts = (accepted: number, duplicate: number): SentCounts => ({ accepted, kept: 0, duplicate, unrouted: 0 });

describe("a line without an eventId", () => {
  it("counts once for one prefix, and again for another: the same line in two files is two events", async () => {
    const send = await openShop();
    expect(await send([line("mon-1"), line("shared")], "monday")).toEqual(counts(2, 0));
    expect(await send([line("tue-1"), line("shared")], "tuesday")).toEqual(counts(2, 0));
    expect(await send([line("mon-1"), line("shared")], "monday")).toEqual(counts(0, 2));
  });

  it("is an event of its own beside its equals, however often they come", async () => {
    const send = await openShop();
    expect(await send([line("o-1"), line("o-2"), line("o-1"), line("o-1")], "p")).toEqual(counts(4, 0));
    expect(await send([line("o-1"), line("o-2"), line("o-1"), line("o-1")], "p")).toEqual(counts(0, 4));
    expect(await send([line("o-1"), line("o-1"), line("o-1"), line("o-1"), line("o-2")], "p")).toEqual(counts(1, 4));
  });

  it("is the same when lines are put before it, taken out or exchanged, and when the file is converted", async () => {
    const send = await openShop();
    const lines = Array.from({ length: 700 }, (_, at) => line(`o-${at % 350}`));
    expect(await send(lines, "p")).toEqual(counts(700, 0));
    expect(await send([line("new"), "", ...lines], "p")).toEqual(counts(1, 700));
    expect(await send(lines.toReversed().slice(10), "p")).toEqual(counts(0, 690));
    expect(await send(["\uFEFF" + lines.map((text) => `${text}\r`).join("\n")], "p")).toEqual(counts(0, 700));
  });

  it("is told of before it is sent, and a file whose lines all have one needs no prefix", async () => {
    const send = await openShop();
    const told: string[] = [];
    const named = [line("o-1", { eventId: "e-1" }), line("o-1", { eventId: "e-2" })];
    expect(await send(named, "p", () => told.push("named"))).toEqual(counts(2, 0));
    expect(await send([...named, line("o-1"), line("o-1")], "q", () => told.push("nameless"))).toEqual(counts(2, 2));
    expect(told).toEqual(["nameless"]);
  });
});

describe("a file that is not sent to its end", () => {
  it("says up to which line everything was sent, and goes on where that was", async () => {
    const send = await openShop();
    const good = Array.from({ length: 600 }, (_, at) => line(`o-${at}`));
    const bad = ["{", line("big", { payload: { id: 1 } }).replace("1}", "616581622363398142}"), line(""), '["OrderPlaced"]'];
    for (const text of bad) {
      const error: unknown = await send([...good, text, ...good], "p").catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SendInterruption);
      expect(error).toMatchObject({
        sentLines: 500,
        hasNameless: true,
        cause: { message: expect.stringMatching(/^line 601: /) as string },
      });
    }
    expect(await send(good, "p")).toEqual(counts(100, 500));
  });

  it("goes in smaller batches if its lines are large", async () => {
    const send = await openShop();
    const large = Array.from({ length: 3 }, (_, at) => line(`o-${at}`, { payload: { text: "x".repeat(5_000_000) } }));
    const error: unknown = await send([...large, "{"], "p").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ sentLines: 2 });
  });
});
