import { describe, expect, onTestFinished, test as it } from "vitest";
import { createRecording, defineOrder, openOrderSystem, recordCommands } from "../../support/order-process.ts";
import { MINUTE, DAY, start, placed, fulfilled, openSystem, dispatching } from "./support.ts";
import { pause } from "../../support/pause.ts";
import { createGate } from "../../support/gate.ts";

describe("moments that lie far ahead", () => {
  it.for([30, 400])("a timeout of %d days is not early and not lost, over restarts", async (days) => {
    const { test, recording } = await openOrderSystem({ timeout: `${days}d` });
    await test.dispatch(placed);
    await test.advance("25d");
    await test.restart();
    await test.advanceTo(start + days * DAY - 1);
    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    expect(await test.system.processes.find()).toMatchObject([{ status: "started" }]);
    await test.restart();
    await test.advance(1);
    expect(recording.ran).toEqual(["OrderPlaced o-1", "OrderLifecycleTimedOut o-1"]);
    await test.advance("1000d");
    expect(recording.ran).toHaveLength(2);
  });

  it.for([30, 400])("a command delayed by %d days is not early and not lost, over restarts", async (days) => {
    const { test, recording } = await openOrderSystem({
      timeout: "500d",
      commands: ["remind"],
      does: { OrderPlaced: dispatching("remind", new Map([["o-1", `${days}d`]])) },
    });
    await test.dispatch(placed);
    await test.advance("25d");
    await test.restart();
    await test.advanceTo(start + days * DAY - 1);
    expect(recording.executed).toEqual([]);
    await test.restart();
    await test.advance(1);
    expect(recording.executed).toHaveLength(1);
    expect(recording.executed[0]!.metadata.dueAt).toEqual(new Date(start + days * DAY));
    await test.advance("50d");
    await test.restart();
    expect(recording.executed).toHaveLength(1);
  });

  // Node fires a wait of more than 2^31-1 ms after 1 ms, with a warning.
  const listenForOverflow = () => {
    const warnings: string[] = [];
    const listen = ({ name }: Error) => warnings.push(name);
    process.on("warning", listen);
    onTestFinished(() => void process.off("warning", listen));
    return warnings;
  };

  it.for([30, 400])("%d days are waited for on the system's own clock too, whose timers reach 24.8 days only", async (days) => {
    const warnings = listenForOverflow();
    const recording = createRecording();
    const delay = `${days}d`;
    const system = await openSystem({
      definitions: [defineOrder(recording, { timeout: delay, does: { OrderPlaced: dispatching("remind", new Map([["o-1", delay]])) } })],
      commands: recordCommands(recording, "remind"),
    });
    await system.start();
    const from = Date.now();
    await system.dispatch(placed);
    await system.whenIdle();
    await pause(60);

    expect(recording.ran).toEqual(["OrderPlaced o-1"]);
    const timers = await system.timers.list();
    expect(timers.map(({ kind }) => kind).toSorted()).toEqual(["command", "timeout"]);
    for (const { dueAt } of timers) {
      expect(dueAt.getTime()).toBeGreaterThanOrEqual(from + days * DAY);
      expect(dueAt.getTime()).toBeLessThan(from + days * DAY + MINUTE);
    }
    expect(warnings).not.toContain("TimeoutOverflowWarning");
  });

  it("a limit of 30 days for waitFor is waited for on the system's own clock too", async () => {
    const warnings = listenForOverflow();
    const system = await openSystem({ definitions: [defineOrder(createRecording())] });
    await system.start();
    const waiting = system.processes.waitFor({ aggregateId: "o-1" }, { status: "completed", timeout: "30d" });
    waiting.catch(() => {});
    await pause(30);
    await system.dispatch([placed, fulfilled]);
    await expect(waiting).resolves.toMatchObject({ status: "completed" });
    expect(warnings).not.toContain("TimeoutOverflowWarning");
  });

  it("a limit of 30 days for a handler is waited for on the system's own clock too", async () => {
    const warnings = listenForOverflow();
    const recording = createRecording();
    const system = await openSystem({
      definitions: [defineOrder(recording, { does: { OrderPlaced: () => pause(30) } })],
      processes: { handlerTimeout: "30d" },
    });
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    expect(recording.handled.map(({ signal }) => signal.aborted)).toEqual([false]);
    expect((await system.processes.history((await system.processes.find())[0]!.processId)).map(({ kind }) => kind)).toEqual([
      "started",
      "handled",
    ]);
    expect(warnings).not.toContain("TimeoutOverflowWarning");
  });

  it("a limit of 30 days for stop is waited for on the system's own clock too", async () => {
    const warnings = listenForOverflow();
    const recording = createRecording();
    const { opened: begun, open: hasBegun } = createGate();
    const system = await openSystem({
      definitions: [
        defineOrder(recording, {
          does: {
            OrderPlaced: () => {
              hasBegun();
              return pause(50);
            },
          },
        }),
      ],
    });
    await system.start();
    await system.dispatch(placed);
    await begun;
    await system.stop({ timeout: "30d" });
    expect(recording.handled.map(({ signal }) => signal.aborted)).toEqual([false]);
    expect(warnings).not.toContain("TimeoutOverflowWarning");
  });
});
