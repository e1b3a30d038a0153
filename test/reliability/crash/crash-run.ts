import { cpSync, existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createDeploy, type Deploy, type Deployed, noDeploy } from "./deploy.ts";
import { createSpares, type Ending, killPlaces, type Life, type Orders, type Spares } from "./life.ts";
import type { Counts } from "./check/counts.ts";
import { checkJobs } from "./jobs/check.ts";
import { createPlan as createJobPlan, MAX_RETRIES, WATCH_TIMEOUT_MS } from "./jobs/plan.ts";
import { checkParcels, type ParcelCounts } from "./parcels/check.ts";
import { createPlan as createParcelPlan, PARCELS_OF_A_DEPOT } from "./parcels/plan.ts";
import { checkReactions, type ReactionCounts } from "./reactions/check.ts";
import { createPlan as createReactionPlan } from "./reactions/plan.ts";
import { createSeeded, type Seeded } from "./seeded.ts";
import { checkTrips, type TripCounts } from "./trips/check.ts";
import { createPlan as createTripPlan } from "./trips/plan.ts";

/** One plan, worked off by one process after another, each of which is killed until `maxKills` is reached. */
export interface Course {
  readonly seed: number;
  /**
   * What its processes are about. Those of jobs handle, time out and fail. Those of parcels correlate, keep early events and limit commands, and
   * go from version 1 to 2 while instances are open. Those of trips have charts of their own. Reactions are policies, commands from outside and a
   * schedule, without any instance.
   */
  readonly domain: Orders["domain"];
  readonly instances: number;
  /** At random moments, or at the n-th transaction of a life, n walking upwards. */
  readonly killsAt: "moments" | "commits";
  /** Who dispatches the events: the worker itself, or another process that is killed as well. */
  readonly dispatcher: "worker" | "client";
  /** A second worker stands by when the first is killed, rather than being started afterwards. */
  readonly hasStandby: boolean;
  readonly hasLetterFile: boolean;
  /** A second SQLite library opens and closes the store in the worker's OS process. */
  readonly hasSecondSqlite: boolean;
  readonly maxKills: number;
  /** Walks through the transactions of a life at a third of the pace, and kills at every place of each. */
  readonly isThorough: boolean;
  /** What goes wrong in the store on purpose, in a course of reactions; `undefined`: nothing. */
  readonly fault?: string;
}

export interface Tally extends Counts, Partial<Omit<ParcelCounts & TripCounts & ReactionCounts, keyof Counts>> {
  readonly kills: number;
  readonly lives: number;
  /** Lives that a handler ended. */
  readonly suicides: number;
  /** The last transaction of a life at which one was killed. */
  readonly furthestTransaction: number;
}

// Lives in a row that may pass without a new committed row: a kill can come before the file is open, and the first
// three transactions of a worker (lease, requests, pruning) write none.
const MOST_IDLE_LIVES = { moments: 12, commits: 16 };
// Of these so many are disturbed, because on a busy machine each may be disturbed before its first commit.
const MOST_DISTURBED = 8;

/** @throws an error that names the seed, if anything of what the design promises did not hold */
export async function runCourse(course: Course, folder: string): Promise<Tally> {
  const spares = createSpares();
  try {
    const check = writePlan(course, folder);
    const run: CourseRun = {
      course,
      folder,
      spares,
      seeded: createSeeded(course.seed + 1),
      tally: { kills: 0, lives: 0, suicides: 0, furthestTransaction: 0 },
      deploy:
        course.domain === "parcels" ? createDeploy({ maxKills: course.maxKills, wanted: course.instances / PARCELS_OF_A_DEPOT }) : noDeploy,
      state: { isOver: false },
    };
    const dispatching = course.dispatcher === "client" ? dispatchFromOutside(run) : Promise.resolve();
    dispatching.catch(() => {});
    await workUntilDone(run).finally(() => {
      run.state.isOver = true;
    });
    await dispatching;
    const { violations, counts } = check();
    if (violations.length > 0) throw new Error(`${violations.length} violations:\n${violations.slice(0, 20).join("\n")}`);
    return { ...counts, ...run.tally };
  } catch (error) {
    throw new Error(`${JSON.stringify(course)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    spares.close();
  }
}

/** Writes down what is to be done. Returns what checks that it was done. */
function writePlan(
  { domain, seed, instances, isThorough, fault }: Course,
  folder: string,
): () => ReturnType<typeof checkJobs | typeof checkParcels | typeof checkTrips | typeof checkReactions> {
  const write = (plan: object) => writeFileSync(join(folder, "plan.json"), JSON.stringify(plan));
  const options = { maxRetries: MAX_RETRIES, watchTimeoutMs: WATCH_TIMEOUT_MS };
  if (domain === "parcels") {
    const plan = createParcelPlan(seed, instances);
    write(plan);
    return () => checkParcels(plan, folder, options);
  }
  if (domain === "trips") {
    const plan = createTripPlan(seed, instances, isThorough ? 6 : 1);
    write(plan);
    return () => checkTrips(plan, folder, options);
  }
  if (domain === "reactions") {
    const plan = createReactionPlan({ seed, aggregates: instances, ticks: isThorough ? 60 : 4, fault });
    write(plan);
    return () => checkReactions(plan, folder, options);
  }
  const plan = createJobPlan(seed, instances);
  write(plan);
  return () => checkJobs(plan, folder, options);
}

interface CourseRun {
  readonly course: Course;
  readonly folder: string;
  readonly spares: Spares;
  readonly seeded: Seeded;
  readonly tally: { kills: number; lives: number; suicides: number; furthestTransaction: number };
  readonly deploy: Deploy;
  readonly state: { isOver: boolean };
}

async function workUntilDone(run: CourseRun): Promise<void> {
  const { course, seeded, tally, deploy } = run;
  const progress = createProgressCheck(MOST_IDLE_LIVES[course.killsAt]);
  let standby: Begun | undefined;
  for (let restarts = 0; ; restarts += 1) {
    const mayKill = tally.kills < course.maxKills;
    const atCommit = mayKill && course.killsAt === "commits" ? chooseTransaction(course, restarts) : undefined;
    const isDisturbed = mayKill && course.hasSecondSqlite && progress.idle < MOST_DISTURBED;
    const { life, stage } = standby ?? (await begin(run, "worker", course.dispatcher === "worker", { kill: atCommit, isDisturbed }));
    standby = undefined;
    if (mayKill && course.killsAt === "moments") {
      if (course.hasStandby && seeded.chance(0.6))
        standby = await begin(run, "worker", course.dispatcher === "worker", { isStandby: true });
      // A disturbed life is long enough to be disturbed, and to come to some commits afterwards.
      await Promise.race([chooseMoment(seeded, life, progress.idle + (course.hasSecondSqlite ? 3 : 0)), life.ending]);
      life.kill();
    }
    const ending = await life.ending;
    noteEnding(run, ending, atCommit?.transaction);
    deploy.note(life);
    progress.note(life, stage);
    if (life.logged.length > 0) throw new Error(`the library logged errors:\n${life.logged.join("\n")}`);
    if (ending.ended === "done" && stage === 4) {
      // A standby finds nothing left to do, and ends by itself.
      if (standby !== undefined) await standby.life.ending;
      return;
    }
  }
}

async function dispatchFromOutside(run: CourseRun): Promise<void> {
  const { course, seeded, tally, deploy, state } = run;
  for (let restarts = 0; !state.isOver; restarts += 1) {
    const deployed = deploy.current;
    const { life, stage } = await begin(run, "client", true, {});
    if (tally.kills < course.maxKills && seeded.chance(0.8)) {
      await Promise.race([chooseMoment(seeded, life, restarts), life.ending]);
      life.kill();
    }
    const ending = await life.ending;
    noteEnding(run, ending, undefined);
    if (ending.ended !== "done") continue;
    if (stage === 4) return;
    // It has done its part, and the next is that of what is deployed next.
    while (!state.isOver && deploy.current === deployed) await sleep(20);
  }
}

interface Disturbances {
  readonly kill?: Orders["kill"];
  readonly isDisturbed?: boolean;
  readonly isStandby?: boolean;
}

interface Begun extends Deployed {
  readonly life: Life;
}

async function begin(run: CourseRun, role: Orders["role"], dispatches: boolean, disturbances: Disturbances): Promise<Begun> {
  const { course, folder, spares, tally, deploy } = run;
  const { kill, isDisturbed = false, isStandby = false } = disturbances;
  const { hasLetterFile, seed, domain } = course;
  tally.lives += 1;
  // A client is never ahead of the worker in what it has of the plan, because no older worker may come after the last part.
  const deployed = role === "worker" ? deploy.begin(isStandby) : deploy.current;
  // Memory holds next to nothing, so that what waits is left to the store; in half of the courses little runs side by side, so that much waits.
  const memoryLimits = createSeeded(seed).chance(0.5) ? { held: 3 } : { held: 3, active: 3 };
  const orders = {
    folder,
    role,
    life: tally.lives,
    dispatches,
    domain,
    ...deployed,
    maxRetries: MAX_RETRIES,
    watchTimeoutMs: WATCH_TIMEOUT_MS,
    hasLetterFile,
    memoryLimits,
  };
  const more = { ...(kill !== undefined && { kill }), ...(isDisturbed && { secondSqlite: copySqlite(folder) }) };
  return { life: await spares.begin({ ...orders, ...more }), ...deployed };
}

function noteEnding({ tally }: CourseRun, { ended }: Ending, transaction: number | undefined): void {
  if (ended === "by-itself") tally.suicides += 1;
  if (ended !== "killed") return;
  tally.kills += 1;
  tally.furthestTransaction = Math.max(tally.furthestTransaction, transaction ?? 0);
}

/**
 * Now and then before it has come to anything, mostly in the midst of work. A machine with much else to do may not come to a
 * first commit in so short a time, so lives become longer, up to some seconds, while they achieve nothing.
 */
async function chooseMoment(seeded: Seeded, { up }: Life, idleLives: number): Promise<void> {
  if (seeded.chance(0.1)) return sleep(seeded.between(0, 60));
  const ms = seeded.between(0, 200 * 2 ** Math.min(idleLives, 4));
  await up;
  await sleep(ms);
}

/** Each transaction three times: killed before, inside, and after it. In a short run once, and its place changes. */
function chooseTransaction({ seed, isThorough }: Course, restarts: number): NonNullable<Orders["kill"]> {
  if (!isThorough) return { transaction: 1 + restarts, place: killPlaces[(seed + restarts) % killPlaces.length]! };
  return { transaction: 1 + Math.floor(restarts / killPlaces.length), place: killPlaces[restarts % killPlaces.length]! };
}

/** The driver's library once more, under another path: the system loads it as one of its own. */
function copySqlite(folder: string): string {
  const copy = join(folder, "second.node");
  if (!existsSync(copy))
    cpSync(join(dirname(createRequire(import.meta.url).resolve("better-sqlite3/package.json")), "build/Release/better_sqlite3.node"), copy);
  return copy;
}

/** Fails when too many lives have passed without a row more in the store. */
function createProgressCheck(mostIdle: number) {
  let seen = -1;
  let idle = 0;
  return {
    get idle() {
      return idle;
    },
    note: ({ progress }: Life, stage: Orders["stage"]) => {
      idle = progress !== undefined && progress > seen ? 0 : idle + 1;
      // Before the last stage there may be nothing left to do.
      if (stage < 4) idle = Math.min(idle, 4);
      seen = Math.max(seen, progress ?? 0);
      if (idle > mostIdle) throw new Error(`no progress: ${idle} lives in a row found the store with ${seen} rows`);
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
