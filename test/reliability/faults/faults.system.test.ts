import { beforeAll, describe, expect, test as it } from "vitest";
import { createSeeded } from "../crash/seeded.ts";
import { createFaultyStore, type Fault } from "./faulty-store.ts";
import { runWorkload, type WorkloadOptions, type WorkloadResult } from "./workload.ts";

/** `PERDURE_SEEDS` says how many seeds are tried, and asks for the long form; `PERDURE_SEED` says which is the first. */
const isLong = process.env["PERDURE_SEEDS"] !== undefined;
const seeds = Number(process.env["PERDURE_SEEDS"] ?? 12);
const firstSeed = Number(process.env["PERDURE_SEED"] ?? (Date.now() % 1_000_000) * 100);

let sound: WorkloadResult;
let transactions: number;

beforeAll(async () => {
  const store = createFaultyStore(() => undefined);
  sound = await runWorkload({ wrapStore: store.wrap });
  ({ transactions } = store);
});

/** What is not as it is without faults, by what `decide` did. */
async function findDifferences(
  name: string,
  decide: (transaction: number) => Fault | undefined,
  options: WorkloadOptions = {},
): Promise<Differences> {
  const store = createFaultyStore(decide);
  const result = await runWorkload({ wrapStore: store.wrap, outagesMs: store.outagesMs, ...options }).catch(
    (error: unknown) => error as Error,
  );
  if (result instanceof Error) return { lies: [], effects: [`${name}: ${result.message}`], told: [] };
  return {
    lies: result.lies.map((lie) => `${name}: ${lie}`),
    effects: (["runs", "instances", "letters", "lag"] as const).flatMap((key) =>
      describeDifference(`${name}: ${key}`, sound[key], result[key]),
    ),
    told: (["subscribed", "waitedFor", "counts"] as const).flatMap((key) =>
      describeDifference(`${name}: ${key}`, sound.told[key], result.told[key]),
    ),
  };
}

interface Differences {
  /** Answers to callers that were not true. */
  readonly lies: readonly string[];
  /** What ran, and what is stored. */
  readonly effects: readonly string[];
  /** What those who listen were told. */
  readonly told: readonly string[];
}

function describeDifference(name: string, wanted: unknown, found: unknown): string[] {
  if (JSON.stringify(wanted) === JSON.stringify(found)) return [];
  if (!Array.isArray(wanted) || !Array.isArray(found)) return [`${name} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`];
  return [
    ...subtract(wanted, found).map((line) => `${name} lacks ${line}`),
    ...subtract(found, wanted).map((line) => `${name} has ${line}`),
  ];
}

function subtract(lines: readonly string[], others: readonly string[]): string[] {
  const rest = [...others];
  return lines.filter((line) => {
    const index = rest.indexOf(line);
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
}

/** Whether a course takes this index of its walk: the short form has two courses share the transactions, the long form has each take all. */
const takes = (course: number) => (index: number) => isLong || index % 2 === course % 2;

/** The same at each transaction in turn that is taken; several side by side, because most of the time is spent waiting for the store. */
async function atEachTransaction(
  decideAt: (index: number) => (transaction: number) => Fault | undefined,
  name: string,
  isTaken: (index: number) => boolean = () => true,
): Promise<Differences> {
  const found: Differences[] = [];
  const indexes = Array.from({ length: transactions + 2 }, (_, index) => index + 1).filter(isTaken);
  while (indexes.length > 0) {
    const page = indexes.splice(0, 12);
    found.push(...(await Promise.all(page.map((index) => findDifferences(`${name} at transaction ${index}`, decideAt(index))))));
  }
  return merge(found);
}

function merge(found: readonly Differences[]): Differences {
  return {
    lies: found.flatMap(({ lies }) => lies),
    effects: found.flatMap(({ effects }) => effects),
    told: found.flatMap(({ told }) => told),
  };
}

const none: Differences = { lies: [], effects: [], told: [] };

it("without a fault, the workload does all that it is meant to show", () => {
  expect(sound.lies).toEqual([]);
  expect(sound.rejections).toBe(0);
  expect(sound.lag).toMatchObject({ accepted: 15, handled: 15, waiting: 0, parked: 0, pendingCommands: 0, deadLetters: 0 });
  expect(sound.told.waitedFor).toHaveLength(4);
  expect(transactions).toBeGreaterThan(25);
});

describe("one transaction that fails", () => {
  it.each([
    ["because it cannot begin", "refused", 0],
    ["because another connection holds the lock", "locked", 1],
    ["at its COMMIT", "rolled-back", 0],
    ["for a reason that nobody has foreseen", "unforeseen", 1],
  ] as const)(
    "%s shows in nothing, whichever it is: no handler runs again, nothing is lost, doubled or untold",
    async (_, fault, course) => {
      const decideAt = (index: number) => (transaction: number) => (transaction === index ? fault : undefined);
      expect(await atEachTransaction(decideAt, fault, takes(course))).toEqual(none);
    },
  );
});

describe("one transaction that reports an error after it took effect", () => {
  let found: Differences;

  beforeAll(async () => {
    found = await atEachTransaction((index) => (transaction) => (transaction === index ? "ambiguous" : undefined), "ambiguous");
  }, 60_000);

  it("is no reason for a false answer: what is rejected is not there, be it an event or an operator's wish", () => {
    expect(found.lies).toEqual([]);
  });

  it("leaves nothing undone and doubles nothing, and no handler runs again", () => {
    expect(found.effects).toEqual([]);
  });

  it("is told to those who listen, like any other", () => {
    expect(found.told).toEqual([]);
  });
});

describe("a store that cannot be written for a while", () => {
  it.each([
    ["refused", 0],
    ["locked", 1],
    ["rolled-back", 0],
  ] as const)("(%s) heals by itself, whenever it begins", async (fault, course) => {
    const decideAt = (index: number) => (transaction: number) => (transaction >= index && transaction < index + 4 ? fault : undefined);
    expect(await atEachTransaction(decideAt, `${fault} for a while`, takes(course))).toEqual(none);
  });

  // Both rows outlast the patience: a start is tried every 50 ms and waited for 1 s, the pauses after eight commits are 3 s in all.
  it.each([
    ["while it starts", 2, 24],
    ["while it works", 20, 8],
  ])(
    "heals by itself %s, however many faults that takes: the system is given its time once the store is sound",
    async (_, first, count) => {
      const decide = (transaction: number) => (transaction >= first && transaction < first + count ? ("refused" as const) : undefined);
      expect(await findDifferences("a long row of faults", decide, { patienceMs: 2_000 })).toEqual(none);
    },
  );
});

it(`faults of all kinds at random, ${seeds} seeds, show in nothing`, { timeout: 3_600_000 }, async () => {
  console.log(`faults at random: seeds ${firstSeed} to ${firstSeed + seeds - 1}`);
  const found: Differences[] = [];
  for (let first = firstSeed; first < firstSeed + seeds; first += 12) {
    const page = Array.from({ length: Math.min(12, firstSeed + seeds - first) }, (_, index) => first + index);
    found.push(...(await Promise.all(page.map((seed) => findDifferences(`seed ${seed}`, decideAtRandom(seed))))));
  }
  expect(merge(found)).toEqual(none);
});

/** Faults that are the store's, single and in rows, begun at up to a third of all transactions. One row can follow another. */
function decideAtRandom(seed: number): (transaction: number) => Fault | undefined {
  const seeded = createSeeded(seed);
  const share = seeded.next() / 3;
  let left = 0;
  let fault: Fault = "refused";
  return () => {
    if (left > 0) {
      left -= 1;
      return fault;
    }
    if (!seeded.chance(share)) return undefined;
    fault = seeded.pick(["refused", "locked", "rolled-back", "ambiguous"] as const);
    left = seeded.chance(0.3) ? seeded.between(1, 3) : 0;
    return fault;
  };
}
