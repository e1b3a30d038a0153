import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { takeTurns } from "../../support/long-form.ts";
import { type Course, runCourse, type Tally } from "./crash-run.ts";

/** Real processes, killed with SIGKILL again and again. `PERDURE_KILLS` says how many kills, `PERDURE_SEED` repeats a run. */
const isLong = process.env["PERDURE_RELIABILITY"] === "long" || process.env["PERDURE_KILLS"] !== undefined;
const kills = Number(process.env["PERDURE_KILLS"] ?? (isLong ? 1_000 : 18));
const firstSeed = Number(process.env["PERDURE_SEED"] ?? (Date.now() % 1_000_000) * 100);

type Kind = Pick<Course, "domain" | "killsAt" | "dispatcher" | "hasStandby" | "hasLetterFile" | "hasSecondSqlite">;

// For the long form alone, as each is much like one of the others, or like two of them together.
const longCourses: readonly [string, Kind][] = [
  [
    "at random moments, as is the process that dispatches, a second SQLite library opening and closing the store",
    { domain: "jobs", killsAt: "moments", dispatcher: "client", hasStandby: false, hasLetterFile: false, hasSecondSqlite: true },
  ],
  [
    "before, inside and after each commit in turn",
    { domain: "jobs", killsAt: "commits", dispatcher: "worker", hasStandby: false, hasLetterFile: true, hasSecondSqlite: false },
  ],
  [
    "at random moments, another worker standing by",
    { domain: "jobs", killsAt: "moments", dispatcher: "worker", hasStandby: true, hasLetterFile: false, hasSecondSqlite: false },
  ],
  [
    "at random moments, as is the process that dispatches",
    { domain: "jobs", killsAt: "moments", dispatcher: "client", hasStandby: false, hasLetterFile: false, hasSecondSqlite: false },
  ],
  [
    "at random moments, a second SQLite library opening and closing its store",
    { domain: "jobs", killsAt: "moments", dispatcher: "worker", hasStandby: false, hasLetterFile: false, hasSecondSqlite: true },
  ],
  [
    "before, inside and after each commit in turn, while events correlate, come early and are limited, and the version changes",
    { domain: "parcels", killsAt: "commits", dispatcher: "client", hasStandby: false, hasLetterFile: false, hasSecondSqlite: false },
  ],
  [
    "before, inside and after each commit in turn, while charts of parallel states have timers and invocations",
    { domain: "trips", killsAt: "commits", dispatcher: "client", hasStandby: false, hasLetterFile: true, hasSecondSqlite: false },
  ],
  [
    "before, inside and after each commit in turn, while policies react, commands come from outside and a schedule recurs",
    { domain: "reactions", killsAt: "commits", dispatcher: "client", hasStandby: false, hasLetterFile: true, hasSecondSqlite: false },
  ],
];

const shortCourses: readonly [string, Kind][] = [
  [
    "at random moments",
    { domain: "jobs", killsAt: "moments", dispatcher: "worker", hasStandby: false, hasLetterFile: true, hasSecondSqlite: false },
  ],
  [
    "before, inside and after each commit in turn, while another process dispatches",
    { domain: "jobs", killsAt: "commits", dispatcher: "client", hasStandby: false, hasLetterFile: false, hasSecondSqlite: false },
  ],
  [
    "at random moments, another worker standing by, while events correlate, come early and are limited, and the version changes",
    { domain: "parcels", killsAt: "moments", dispatcher: "worker", hasStandby: true, hasLetterFile: false, hasSecondSqlite: false },
  ],
  [
    "at random moments, while charts of parallel states have timers and invocations",
    { domain: "trips", killsAt: "moments", dispatcher: "worker", hasStandby: false, hasLetterFile: false, hasSecondSqlite: false },
  ],
  [
    "at random moments, while policies react, commands come from outside and a schedule recurs",
    { domain: "reactions", killsAt: "moments", dispatcher: "worker", hasStandby: false, hasLetterFile: false, hasSecondSqlite: false },
  ],
];

const [firstCourse, ...otherCourses] = shortCourses;
const courses = isLong ? [...shortCourses, ...longCourses] : [firstCourse!, ...takeTurns(otherCourses, 2)];

// What each plan of a domain leads to, in a course that is long enough for it.
const ledTo: Readonly<Record<Course["domain"], readonly (keyof Tally)[]>> = {
  jobs: [],
  parcels: ["migrations", "keptHandled", "keptGone"],
  trips: ["chartTimers", "timersEnded", "resultsTaken", "invocationsEnded", "childrenCancelled"],
  reactions: ["policyRuns", "ticks", "outsideDuplicates", "deadLetters"],
};

const share = Math.ceil(kills / courses.length);
const timeout = isLong ? 3_600_000 : 120_000;

// Side by side, because most of the time is spent waiting; a long run leaves room for others.
const turns: (() => void)[] = [];
let free = isLong ? 2 : courses.length;

async function takeTurn(): Promise<() => void> {
  if (free > 0) free -= 1;
  else await new Promise<void>((resolve) => turns.push(resolve));
  return () => {
    const next = turns.shift();
    if (next === undefined) free += 1;
    else next();
  };
}

describe.concurrent("a worker that is killed", () => {
  it.for(courses)(
    "%s: loses nothing, doubles nothing, keeps every order, and gets on",
    { timeout },
    async ([name, kind], { onTestFinished }) => {
      const tallies: Tally[] = [];
      const endTurn = await takeTurn();
      onTestFinished(endTurn);
      for (let seed = firstSeed; total(tallies, "kills") < share; seed += 1) {
        const left = share - total(tallies, "kills");
        const course = { ...kind, seed, instances: isLong ? 40 : 16, maxKills: isLong ? 60 : left, isThorough: isLong };
        const tally = await runInFolder(course);
        tallies.push(tally);
        if (isLong) console.log(`${name}: seed ${seed} ${JSON.stringify(tally)}`);
        if (!isLong) break;
      }
      console.log(`${name}: seeds ${firstSeed}-${firstSeed + tallies.length - 1}, ${JSON.stringify(sum(tallies))}`);
      expect(total(tallies, "kills")).toBeGreaterThan(0);
      if (isLong) expect(ledTo[kind.domain].filter((key) => total(tallies, key) === 0)).toEqual([]);
    },
  );
});

// Each by a store that does it. In the short form it is another one each time.
const planted: readonly (readonly [fault: string, found: RegExp])[] = [
  ["runs what is due last first", /out of order/],
  ["forgets the commandIds of commands from outside", /outside \d+\/0 ran 2 times as attempt/],
  ["skips the moment after each that it took of a schedule", /the schedule has the moments|the last moment of the schedule/],
  ["stores no attempt of a policy for some events", /never ran|was stored as 0 commands/],
];

describe.concurrent("a store is found that", () => {
  it.for(isLong ? planted : [planted[Math.floor(firstSeed / 100) % planted.length]!])("%s", { timeout }, async ([fault, found]) => {
    const kind = { domain: "reactions", killsAt: "moments", dispatcher: "worker", hasStandby: false, hasLetterFile: false } as const;
    const course = { ...kind, hasSecondSqlite: false, seed: firstSeed, instances: 12, maxKills: 0, isThorough: false, fault };
    const folder = mkdtempSync(join(tmpdir(), "perdure-crash-"));
    const ran = await runCourse(course, folder).then(
      () => "nothing was found",
      (error: Error) => error.message,
    );
    rmSync(folder, { recursive: true, force: true });
    expect(ran).toMatch(found);
  });
});

/** What a run that failed left behind stays, to be looked at. */
async function runInFolder(course: Course): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), "perdure-crash-"));
  try {
    const tally = await runCourse(course, folder);
    rmSync(folder, { recursive: true, force: true });
    return tally;
  } catch (error) {
    console.log(`left in ${folder}`);
    throw error;
  }
}

function total(tallies: readonly Tally[], key: keyof Tally): number {
  return tallies.reduce((sum, tally) => sum + (tally[key] ?? 0), 0);
}

function sum(tallies: readonly Tally[]): Partial<Tally> {
  const keys = Object.keys(tallies[0] ?? {}) as (keyof Tally)[];
  const furthest = Math.max(...tallies.map(({ furthestTransaction }) => furthestTransaction));
  return { ...Object.fromEntries(keys.map((key) => [key, total(tallies, key)])), furthestTransaction: furthest };
}
