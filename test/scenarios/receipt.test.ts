import { existsSync, readFileSync } from "node:fs";
import type { DispatchedEvent, ProcessInstance } from "perdure";
import { createTestSystem, type TestSystem } from "perdure/testing";
import { expect, test } from "vitest";
import { createDatabasePath, createTemporaryFolder } from "../support/temporary-folder.ts";

// The receipt phase of a Dutch municipality's permits (16 months of real events), with what has to come out. The data lies
// beside the project's folder and is not part of it.
const data = new URL("../../../shared/data/receipt/", import.meta.url);
const isThere = existsSync(new URL("expected.json", data));
const unless = isThere ? "" : " (skipped: ../shared/data/receipt is not there)";
if (!isThere) console.warn(`receipt.test.ts is skipped: it needs the folder ../shared/data/receipt beside the project`);

interface ReceiptEvent extends DispatchedEvent {
  readonly eventId: string;
  readonly occurredAt: string;
}

interface Expected {
  readonly events: number;
  readonly instances: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly handlerRuns: number;
  /** Events of any type that find no open instance of their aggregate. */
  readonly ignoredEvents: number;
  readonly until: string;
  readonly instancesByAggregate: readonly {
    readonly aggregateId: string;
    readonly status: string;
    readonly startedAt: string;
    readonly endedAt: string;
  }[];
}

interface Config {
  readonly startedBy: readonly string[];
  readonly completedBy: readonly string[];
  readonly timeout: string;
  readonly handlers: readonly string[];
}

const read = (file: string) => readFileSync(new URL(file, data), "utf8");

/** Where the handlers of the process folder count: they are loaded as user files are, with no way to this module. */
const counted = globalThis as { receiptRuns?: Map<string, number> };

const kebab = (type: string) => type.replace(/[A-Z]/g, (letter, at) => (at === 0 ? "" : "-") + letter.toLowerCase());

function writeDomain({ startedBy, completedBy, timeout, handlers }: Config): string {
  const folder = "permit/processes/receipt";
  const refer = (types: readonly string[]) => `[${types.map((type) => `events.${type}`).join(", ")}]`;
  const handler = (file: string) => `
import type { ProcessManager } from "./+types/${file}";

export async function handler({ event, idempotencyKey }: ProcessManager.HandlerArgs) {
  const runs = (globalThis as unknown as { receiptRuns: Map<string, number> }).receiptRuns;
  const key = event.type + " " + idempotencyKey;
  runs.set(key, (runs.get(key) ?? 0) + 1);
}
`;
  return createTemporaryFolder({
    [`${folder}/index.ts`]: `
import type { ProcessManager } from "./+types/receipt";

export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: ${refer(startedBy)},
  completedBy: ${refer(completedBy)},
  timeout: "${timeout}",
});
`,
    ...Object.fromEntries(handlers.map((type) => [`${folder}/on-${kebab(type)}.ts`, handler(`on-${kebab(type)}`)])),
    [`${folder}/on-receipt-timed-out.ts`]: handler("on-receipt-timed-out"),
  });
}

/**
 * Events that can be dispatched in one list at the moment of the last of them: none that occurred at or after the next
 * moment at which something is due, because it has to find what is due there done.
 */
function takeBatch(events: readonly ReceiptEvent[], from: number, nextDueAt: number, timeoutMs: number): readonly ReceiptEvent[] {
  // What the batch itself starts is due a timeout after its first event at the earliest.
  const before = Math.min(nextDueAt, Date.parse(events[from]!.occurredAt) + timeoutMs);
  let to = from + 1;
  while (to < events.length && Date.parse(events[to]!.occurredAt) < before) to += 1;
  return events.slice(from, to);
}

function summarize({ aggregateId, status, startedAt, endedAt }: ProcessInstance) {
  return { aggregateId, status, startedAt: startedAt.toISOString(), endedAt: endedAt?.toISOString() };
}

async function findAll({ system }: TestSystem): Promise<readonly ProcessInstance[]> {
  const found: ProcessInstance[] = [];
  let cursor: string | undefined;
  do {
    const page = await system.processes.find({ limit: 1_000, ...(cursor !== undefined && { cursor }) });
    found.push(...page);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}

/** Replays all of it, with a restart at six places between two events. */
async function replay(options: {
  /** Ends the system in the middle of the work on every so many-th batch, instead of letting it finish. */
  readonly crashEvery?: number;
}) {
  const config = JSON.parse(read("definition.json")) as Config & { readonly timeoutMs: number };
  const expected = JSON.parse(read("expected.json")) as Expected;
  const events = read("events.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as ReceiptEvent);
  const types = new Set([...config.startedBy, ...config.completedBy, ...config.handlers]);
  expect(events).toHaveLength(expected.events);

  const runs = new Map<string, number>();
  counted.receiptRuns = runs;
  const system = await createTestSystem({
    domain: writeDomain(config),
    store: { path: createDatabasePath() },
    now: Date.parse(events[0]!.occurredAt) - 3_600_000,
  });

  // `lag().ignored` counts for one system, so it is taken before each ends.
  let ignored = 0;
  const restarts: { readonly at: string; readonly timers: number; readonly waiting: number }[] = [];
  const restart = async () => {
    const { ignored: more, waiting } = await system.system.lag();
    ignored += more;
    restarts.push({ at: new Date(system.clock.now()).toISOString(), timers: (await system.system.timers.list()).length, waiting });
    await system.restart();
  };

  let withoutInstance = 0;
  let foreignToOpen = 0;
  let batches = 0;
  const restartAt = new Set([0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map((share) => Math.floor(share * events.length)));
  for (let from = 0; from < events.length;) {
    const dueAt = (await system.system.timers.list({ limit: 1 }))[0]?.dueAt.getTime();
    const batch = takeBatch(events, from, dueAt ?? Number.POSITIVE_INFINITY, config.timeoutMs);
    batches += 1;
    if (options.crashEvery !== undefined && batches % options.crashEvery === 0) {
      // Accepted and not handled, or half handled: the system ends here, a little before the next deadline.
      await system.advanceTo(batch.at(-1)!.occurredAt);
      await system.system.dispatch(batch);
      await restart();
    } else if (batch.some((_, index) => restartAt.has(from + index))) {
      // Between two events, with timers pending, and before the moment of the next.
      const middle = Math.floor(batch.length / 2);
      if (middle > 0) {
        await system.advanceTo(batch[middle - 1]!.occurredAt);
        await system.dispatch(batch.slice(0, middle));
      }
      await restart();
      await system.advanceTo(batch.at(-1)!.occurredAt);
      await system.dispatch(batch.slice(middle));
    } else {
      await system.advanceTo(batch.at(-1)!.occurredAt);
      await system.dispatch(batch);
    }
    for (const { type, aggregateId, occurredAt } of batch) {
      const instance = (await system.system.processes.find({ aggregateId, limit: 1 }))[0];
      const isOpen = instance !== undefined && (instance.endedAt === undefined || instance.endedAt.getTime() >= Date.parse(occurredAt));
      if (!isOpen) withoutInstance += 1;
      else if (!types.has(type)) foreignToOpen += 1;
    }
    from += batch.length;
  }
  await system.advanceTo(expected.until);

  const instances = await findAll(system);
  const lag = await system.system.lag();
  ignored += lag.ignored;
  const journals = await Promise.all(instances.map(({ processId }) => system.system.processes.history(processId)));
  const ofKind = (kind: string) => journals.flat().filter((entry) => entry.kind === kind);
  const handled = [...ofKind("handled"), ...ofKind("completed")].filter(({ handler }) => handler !== undefined);
  const result = {
    instances: instances.map(summarize).toReversed(),
    overview: system.system.overview.getSnapshot().context.counts["permit/receipt"],
    committedRuns: handled.filter(({ handler }) => handler !== "on-receipt-timed-out").length,
    timers: await system.system.timers.list(),
    withoutInstance,
    foreignToOpen,
  };
  await system.stop();
  return { config, expected, result, lag, ignored, restarts, batches, runs, types };
}

type Replay = Awaited<ReturnType<typeof replay>>;

function expectAsExpected({ expected, result, lag }: Replay) {
  const byStart = (a: { startedAt: string; aggregateId: string }, b: { startedAt: string; aggregateId: string }) =>
    a.startedAt.localeCompare(b.startedAt) || a.aggregateId.localeCompare(b.aggregateId);
  expect(result.instances.toSorted(byStart)).toEqual(expected.instancesByAggregate.toSorted(byStart));
  expect(result.instances).toHaveLength(expected.instances);
  expect(result.overview).toEqual({ started: 0, failed: 0, completed: 0, timed_out: 0, cancelled: 0, ...expected.counts });
  expect(result.committedRuns).toBe(expected.handlerRuns);
  expect(result.withoutInstance).toBe(expected.ignoredEvents);
  expect(result.timers).toEqual([]);
  expect(lag).toMatchObject({ waiting: 0, parked: 0, overdueTimers: 0, pendingCommands: 0, deadLetters: 0 });
  expect(lag.handled).toBe(lag.accepted);
}

const ownRuns = ({ runs }: Replay, timedOut: boolean) =>
  [...runs].filter(([key]) => key.startsWith("ReceiptTimedOut ") === timedOut).map(([, count]) => count);

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

test.skipIf(!isThere)(
  `16 months of real events come out exactly as expected, over six restarts with timers pending${unless}`,
  { timeout: 120_000 },
  async () => {
    const startedAt = performance.now();
    const replayed = await replay({});
    console.info(
      `receipt: ${replayed.expected.events} events in ${replayed.batches} batches, ${Math.round(performance.now() - startedAt)} ms`,
    );
    expectAsExpected(replayed);
    // The system also counts events of types that no process reacts to, while an instance is open.
    expect(replayed.ignored).toBe(replayed.expected.ignoredEvents + replayed.result.foreignToOpen);
    expect(sum(ownRuns(replayed, false))).toBe(replayed.expected.handlerRuns);
    expect(sum(ownRuns(replayed, true))).toBe(replayed.expected.counts.timed_out);
    expect(replayed.restarts.length).toBeGreaterThanOrEqual(5);
    expect(replayed.restarts.filter(({ timers }) => timers > 0).length).toBeGreaterThanOrEqual(5);
  },
);

test.skipIf(!isThere)(
  `16 months of real events come out exactly as expected when the system ends in the middle of its work, again and again${unless}`,
  { timeout: 120_000 },
  async () => {
    const startedAt = performance.now();
    const replayed = await replay({ crashEvery: 25 });
    const { expected, restarts } = replayed;
    console.info(`receipt: ${restarts.length} restarts amid work, ${Math.round(performance.now() - startedAt)} ms`);
    expectAsExpected(replayed);
    // A handler that was cut off runs again, under the same key.
    expect(ownRuns(replayed, false)).toHaveLength(expected.handlerRuns);
    expect(ownRuns(replayed, true)).toHaveLength(expected.counts.timed_out!);
    expect(restarts.some(({ waiting }) => waiting > 0)).toBe(true);
  },
);
