import { describe, expect, test } from "vitest";
import { adviseDomain } from "../../src/definition/check/check-advice.ts";
import { codesOf, handler, load, orderLifecycle } from "./domain-folder.ts";

const folder = "order/processes/order-lifecycle";
const special = { [`${folder}/on-order-lifecycle-timed-out.ts`]: handler, [`${folder}/on-order-lifecycle-failed.ts`]: handler };
const withConfig = (text: string) => ({ [`${folder}/index.ts`]: `export const config = ({ events }) => (${text});` });

async function advise(files: Readonly<Record<string, string>>) {
  const { domain, diagnostics } = await load(files);
  return { advice: adviseDomain(domain), diagnostics };
}

describe("advice", () => {
  test("has nothing to say of a process that leaves nothing out", async () => {
    expect((await advise({ ...orderLifecycle, ...special })).advice).toEqual([]);
  });

  test("names the special handlers that a process lacks, and where to write them", async () => {
    const { advice } = await advise(orderLifecycle);
    expect(codesOf(advice)).toEqual(["TIMED_OUT_HANDLER_MISSING", "FAILED_HANDLER_MISSING"]);
    expect(advice.map(({ fix }) => fix).join(" ")).toMatch(/on-order-lifecycle-timed-out\.ts.*on-order-lifecycle-failed\.ts/);
    expect(advice.map(({ file }) => file)).toEqual([expect.stringMatching(/order-lifecycle$/), expect.stringMatching(/order-lifecycle$/)]);
  });

  test("tells a process that only times out from one that never ends", async () => {
    const timesOut = await advise({
      ...orderLifecycle,
      ...special,
      ...withConfig('{ startedBy: [events.OrderPlaced], completedBy: [], timeout: "1d" }'),
    });
    expect(codesOf(timesOut.advice)).toEqual(["NEVER_COMPLETED"]);
    const joins = await advise({
      ...orderLifecycle,
      ...special,
      ...withConfig('{ startedBy: [events.OrderPlaced], completedBy: [], completeWhen: () => true, timeout: "1d" }'),
    });
    expect(codesOf(joins.advice)).toEqual([]);
    const neverEnds = await advise({
      ...orderLifecycle,
      ...special,
      ...withConfig("{ startedBy: [events.OrderPlaced], completedBy: [] }"),
    });
    expect(codesOf(neverEnds.diagnostics)).toContain("NEVER_ENDS");
    expect(codesOf(neverEnds.advice)).not.toContain("NEVER_COMPLETED");
  });

  test("finds a timed-out handler that cannot run", async () => {
    const { advice } = await advise({
      ...orderLifecycle,
      ...special,
      ...withConfig("{ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled] }"),
    });
    expect(codesOf(advice)).toEqual(["TIMED_OUT_HANDLER_IDLE"]);
    expect(advice[0]?.file).toMatch(/on-order-lifecycle-timed-out\.ts$/);
  });

  test("finds an event that is declared and that no process knows", async () => {
    const declared = { "order/events/order-placed.ts": "", "order/events/order-fulfilled.ts": "", "order/events/order-vanished.ts": "" };
    const { advice } = await advise({ ...orderLifecycle, ...special, ...declared });
    expect(codesOf(advice)).toEqual(["EVENT_UNHANDLED"]);
    expect(advice[0]).toMatchObject({
      severity: "warning",
      file: expect.stringMatching(/order-vanished\.ts$/),
      fix: expect.stringContaining("on-order-vanished.ts"),
    });
  });

  test("is not given when a domain is loaded, so that a start stays quiet", async () => {
    expect((await advise(orderLifecycle)).diagnostics).toEqual([]);
  });
});
