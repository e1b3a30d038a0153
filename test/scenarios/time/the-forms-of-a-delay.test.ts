import * as fc from "fast-check";
import { createProcessSystem, ProcessError, type Diagnostic } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createRecording, defineOrder, openTestSystem, orderLifecycle, recordCommands } from "../../support/order-process.ts";
import { SECOND, MINUTE, HOUR, DAY, start, placed, dispatching } from "./support.ts";
import { defineLifecycle } from "../../support/define-lifecycle.ts";

describe("the forms of a delay", () => {
  const milliseconds = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY } as const;
  const unit = fc.constantFrom(...(Object.keys(milliseconds) as (keyof typeof milliseconds)[]));

  /** Any accepted duration with its length, rounded up to whole milliseconds in exact arithmetic. */
  const accepted = fc.oneof(
    fc
      .record({ whole: fc.integer({ min: 0, max: 5_000 }), unit })
      .map(({ whole, unit }) => ({ delay: `${whole}${unit}`, lengthMs: whole * milliseconds[unit] })),
    fc
      .record({ thousandths: fc.integer({ min: 1, max: 5_000_000 }), unit })
      .filter(({ thousandths, unit }) => thousandths * milliseconds[unit] >= 1_000)
      .map(({ thousandths, unit }) => ({
        delay: `${Math.floor(thousandths / 1_000)}.${String(thousandths % 1_000).padStart(3, "0")}${unit}`,
        lengthMs: Math.ceil((thousandths * milliseconds[unit]) / 1_000),
      })),
    fc.integer({ min: 0, max: 400 * DAY }).map((delay) => ({ delay, lengthMs: delay })),
  );

  const refused = fc.oneof(
    fc.constantFrom<unknown>(
      "",
      " ",
      "abc",
      "1h30m",
      "-1h",
      "-0h",
      "1mo",
      "1y",
      "h",
      ".",
      "1.2.3h",
      "1,5h",
      "١h",
      "Infinity",
      "NaN",
      "1e3s",
      "0x10m",
      "--1h",
      "+1h",
      "1h ",
      "1h\n",
    ),
    fc.constantFrom<unknown>(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -5,
      -0.001,
      1e300,
      null,
      true,
      {},
      [],
      [1],
      new Date(Number.NaN),
    ),
    // Shorter than a millisecond, and not 0.
    fc.constantFrom<unknown>("0.0001ms", "0.999ms", ".5ms", "0.0009s", "0.00000001d", 0.5, Number.MIN_VALUE),
    fc.double({ max: -Number.MIN_VALUE, noNaN: true }),
    fc.integer({ min: 1 }).chain((count) => unit.map((unit) => `-${count}${unit}`)),
    fc.tuple(fc.nat(), unit, fc.nat(), unit).map(([a, first, b, second]) => `${a}${first}${b}${second}`),
    fc.string().filter((text) => !/^(?:\d+|\d*\.\d+)(?:ms|s|m|h|d|w)?$/.test(text) && !/^\s*[\d.]+\s*[a-z]*\s*$/i.test(text)),
  );

  const allowed = /ms, s, m, h, d, w.*milliseconds/;

  /** Starts one order per delay and returns what became of each, by its place in the list. */
  async function dispatchDelays(delays: readonly unknown[]) {
    const byAggregate = new Map(delays.map((delay, index) => [`o-${index}`, delay]));
    const staged = new Map<string, Date>();
    const recording = createRecording();
    const test = await openTestSystem({
      definitions: [
        defineOrder(recording, { timeout: "9000d", special: [], does: { OrderPlaced: dispatching("remind", byAggregate, staged) } }),
      ],
      commands: recordCommands(recording, "remind"),
    });
    await test.dispatch([...byAggregate.keys()].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    return { test, recording, staged };
  }

  it('of a command are "1m", "24h", "7d", "90s", "1.5h", 60000 and a Date', async () => {
    const delays = ["1m", "24h", "7d", "90s", "1.5h", 60_000, new Date(start + 5 * DAY), "250ms", "2w", ".5s", 0];
    const { test, recording, staged } = await dispatchDelays(delays);
    const dueMs = [...staged.values()].map((dueAt) => dueAt.getTime() - start);
    expect(dueMs).toEqual([MINUTE, DAY, 7 * DAY, 90 * SECOND, 1.5 * HOUR, MINUTE, 5 * DAY, 250, 14 * DAY, 500, 0]);
    await test.advance("20d");
    expect(recording.executed).toHaveLength(delays.length);
    expect(recording.executed.map(({ metadata }) => metadata.dueAt.getTime() - start)).toEqual(dueMs.toSorted((a, b) => a - b));
  });

  it("of a command may be a Date in the past, which is at once", async () => {
    const { recording } = await dispatchDelays([new Date(start - DAY)]);
    expect(recording.executed).toHaveLength(1);
  });

  it("of a command say exactly how long it waits, whatever number and unit", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(accepted, { minLength: 20, maxLength: 40 }), async (cases) => {
        const { test, staged } = await dispatchDelays(cases.map(({ delay }) => delay));
        const got = cases.map(({ delay }, index) => ({ delay, lengthMs: staged.get(`o-${index}`)!.getTime() - start }));
        await test.stop();
        expect(got).toEqual(cases);
      }),
      { numRuns: 15 },
    );
  });

  it('of a command are refused without retries when they are "", "abc", "1h30m", "-1h", "1mo", NaN, Infinity or -5, with what is allowed', async () => {
    const delays = ["", "abc", "1h30m", "-1h", "1mo", Number.NaN, Number.POSITIVE_INFINITY, -5];
    const { test, recording } = await dispatchDelays(delays);
    const letters = await test.system.deadLetters.list();
    expect(letters).toHaveLength(delays.length);
    for (const { attempts, error } of letters) {
      expect(attempts).toBe(1);
      expect(error).toMatchObject({ name: "ProcessError", code: "DURATION_INVALID" });
      expect(error.message).toMatch(allowed);
    }
    const named = letters.map(
      ({ aggregateId, error }) => `${aggregateId} ${error.message.split(": delay: ")[1]?.split(" is not a duration")[0]}`,
    );
    expect(named.toSorted()).toEqual(
      delays.map((delay, index) => `o-${index} ${typeof delay === "string" ? JSON.stringify(delay) : delay}`),
    );
    await test.advance("9000d");
    expect(recording.executed).toEqual([]);
  });

  it("of a command are refused whatever else they are, and no command is left behind", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(refused, { minLength: 20, maxLength: 40 }), async (delays) => {
        const { test, recording } = await dispatchDelays(delays);
        const letters = await test.system.deadLetters.list();
        const stagedCommands = await test.system.timers.list({ kind: "command" });
        await test.stop();
        expect(stagedCommands).toEqual([]);
        expect(recording.executed).toEqual([]);
        expect(letters.map(({ error }) => error.code)).toEqual(delays.map(() => "DURATION_INVALID"));
      }),
      { numRuns: 15 },
    );
  });

  const withTimeout = (timeout: unknown) => defineLifecycle({}, { timeout: timeout as "1h" });

  async function diagnoseTimeout(timeout: unknown): Promise<readonly Diagnostic[]> {
    try {
      const system = await createProcessSystem({ definitions: [withTimeout(timeout)], store: { path: ":memory:" } });
      await system.stop();
      return [];
    } catch (error) {
      if (!ProcessError.is(error, "DEFINITION_INVALID")) throw error;
      return error.details.diagnostics as readonly Diagnostic[];
    }
  }

  it("of a timeout are the same, and say exactly when it is due", async () => {
    await fc.assert(
      fc.asyncProperty(
        accepted.filter(({ lengthMs }) => lengthMs > 0 && lengthMs < 400 * DAY),
        async ({ delay, lengthMs }) => {
          const test = await openTestSystem({ definitions: [withTimeout(delay)] });
          await test.dispatch(placed);
          const dueAt = (await test.system.processes.find())[0]!.dueAt!.getTime();
          await test.advance(lengthMs - 1);
          const before = (await test.system.processes.find())[0]!.status;
          await test.advance(1);
          const after = (await test.system.processes.find())[0]!.status;
          await test.stop();
          expect({ delay, dueMs: dueAt - start, before, after }).toEqual({ delay, dueMs: lengthMs, before: "started", after: "timed_out" });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("of a timeout are refused before anything starts, with what is allowed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(refused, fc.constantFrom<unknown>(0, "0s", new Date(start))), async (timeout) => {
        const diagnostics = await diagnoseTimeout(timeout);
        expect(diagnostics).toMatchObject([
          { code: "TIMEOUT_INVALID", severity: "error", file: expect.stringContaining(orderLifecycle) as string },
        ]);
        expect(diagnostics[0]!.fix).toMatch(allowed);
      }),
      { numRuns: 150 },
    );
  });
});
