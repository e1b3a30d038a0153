import { isDeepStrictEqual } from "node:util";
import SqliteDatabase, { type Database } from "better-sqlite3";
import {
  type CommandHandler,
  type CommandHandlerArgs,
  type Commands,
  defineProcess,
  type HandlerArgs,
  ProcessError,
  type ProcessInstance,
  type ProcessSystem,
  type StandardSchema,
} from "perdure";
import { foldContext } from "../../support/fold-context.ts";
import { assembleSystem } from "../../../src/system/create-process-system.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { silentLogger } from "../../support/silent-logger.ts";
import { createManualClock, type ManualClock } from "../../../src/testing/kit/manual-clock.ts";
import type { Store } from "../../../src/store/store.ts";
import { beginPatience } from "./patience.ts";

/**
 * What came of the workload. It is the same for every run in which no fault shows, so two of these can be compared.
 * All lists are sorted: what happens at one moment has no order among instances.
 */
export interface Outcome {
  /** Each run of a handler or command handler, with its attempt. */
  readonly runs: readonly string[];
  /** Each instance with its status and its journal. */
  readonly instances: readonly string[];
  readonly letters: readonly string[];
  readonly lag: object;
}

export interface WorkloadResult extends Outcome {
  /** What those who listen were told: `subscribe`, `waitFor` and the counts of the overview. */
  readonly told: { readonly subscribed: readonly string[]; readonly waitedFor: readonly string[]; readonly counts: unknown };
  /** Answers that were not the truth, as sentences. */
  readonly lies: readonly string[];
  readonly rejections: number;
}

export interface WorkloadOptions {
  readonly wrapStore?: (store: Store) => Store;
  /** Default: one in memory. */
  readonly database?: Database;
  /** How long the store has been faulty by now, in all. Default: never. */
  readonly outagesMs?: () => number;
  /** How long the system may take to become idle, in real time in which the store is sound. Default: 10 s. */
  readonly patienceMs?: number;
}

const HOUR_MS = 3_600_000;
const PATIENCE_MS = 10_000;
const PATIENCE_WITH_START_MS = 1_000;

interface Remembered {
  readonly seen: readonly string[];
  readonly count: number;
}

type Args = HandlerArgs<unknown, string, Commands, Remembered>;

const schema: StandardSchema<unknown, Remembered> = {
  "~standard": {
    version: 1,
    vendor: "faults",
    validate: (value) => {
      const { seen = [] } = value as Partial<Remembered>;
      return { value: { seen, count: seen.length } };
    },
  },
};

/**
 * Five orders on a manual clock: one completes, one fails and recovers, one times out, one is parked behind an event and
 * then retried, one is parked behind a command and then discarded. What is rejected is tried again until it is not.
 */
export async function runWorkload({
  wrapStore,
  database = new SqliteDatabase(":memory:"),
  outagesMs = () => 0,
  patienceMs = PATIENCE_MS,
}: WorkloadOptions = {}): Promise<WorkloadResult> {
  const clock = createManualClock(Date.parse("2026-01-01T00:00:00Z"));
  const runs: string[] = [];
  const subscribed: string[] = [];
  const waitedFor: string[] = [];
  const lies: string[] = [];
  const state = { isMended: false, rejections: 0 };

  const handle = (does: (args: Args) => unknown) => async (args: Args) => {
    runs.push(`${args.event.type} ${args.event.aggregateId} attempt ${args.attempt}`);
    await does(args);
    // Each step adds itself, so that one that is lost or written twice shows.
    return { seen: [...args.context.seen, args.event.type] };
  };
  const execute = (does: CommandHandler) => async (args: CommandHandlerArgs<never>) => {
    runs.push(`${args.command.type} ${args.command.aggregateId} attempt ${args.attempt}`);
    return does(args);
  };
  const failIf = (fails: boolean) => {
    if (fails) throw new Error("as planned");
  };

  const { system } = await assembleSystem(
    {
      store: database,
      clock,
      logger: silentLogger,
      processes: { retry: { maxRetries: 1, initialDelay: "10s" } },
      definitions: [
        defineProcess({
          aggregate: "order",
          name: "order-lifecycle",
          startedBy: ["OrderPlaced"],
          completedBy: { OrderShipped: "shipped" },
          context: schema,
          index: ["count"],
          timeout: "48h",
          on: {
            OrderPlaced: handle(async ({ event: { aggregateId }, commands, attempt }) => {
              await commands.charge!({ aggregateId });
              if (aggregateId === "o-1") await commands.remind!({ aggregateId, delay: "1h" });
              failIf(aggregateId === "o-2" && attempt === 1);
            }),
            OrderCharged: handle(async ({ event: { aggregateId }, commands }) => {
              if (aggregateId === "o-5") await commands.pack!({ aggregateId });
            }),
            OrderNoted: handle(() => failIf(!state.isMended)),
            OrderShipped: handle(() => {}),
          },
          onTimedOut: handle(async ({ event: { aggregateId }, commands, attempt }) => {
            await commands.escalate!({ aggregateId });
            failIf(attempt === 1);
          }),
          onFailed: handle(async ({ event: { aggregateId }, commands }) => commands.escalate!({ aggregateId })),
        }),
      ],
      commands: {
        charge: execute(({ command: { aggregateId }, attempt }) => {
          failIf(aggregateId === "o-2" && attempt === 1);
          return { type: "OrderCharged", aggregateId };
        }),
        pack: execute(() => failIf(!state.isMended)),
        remind: execute(() => {}),
        escalate: execute(() => {}),
      },
    },
    { random: () => 0, ...(wrapStore !== undefined && { wrapStore }) },
  );
  system.processes.subscribe(({ aggregateId, kind }) => subscribed.push(`${aggregateId} ${kind}`));

  const isStored = database.prepare<[string], number>("SELECT 1 FROM perdure_events WHERE event_id = ?").pluck();
  const dispatch = (...events: readonly { readonly type: string; readonly aggregateId: string }[]) => {
    const named = events.map((event) => ({ ...event, eventId: `${event.type} ${event.aggregateId}` }));
    return insist(state, async () => {
      const receipts = await system.dispatch(named).catch((error: unknown) => {
        for (const { eventId } of named)
          if (isStored.get(eventId) !== undefined) lies.push(`${eventId} was rejected (${nameError(error)}), and it is stored`);
        throw error;
      });
      for (const { eventId } of receipts)
        if (isStored.get(eventId) === undefined) lies.push(`${eventId} was accepted, and it is not stored`);
    });
  };
  const settleLetter = (id: string, how: "retry" | "discard") =>
    insist(state, async () => {
      const before = (await system.deadLetters.get(id))!.status;
      if (before !== "open") return;
      await system.deadLetters[how](id).catch(async (error: unknown) => {
        const { status, aggregateId } = (await system.deadLetters.get(id))!;
        if (status !== before)
          lies.push(`${how} of the dead letter of ${aggregateId} was rejected (${nameError(error)}), and it is ${status}`);
        throw error;
      });
    });

  const pass = (durationMs: number) => advance(clock, durationMs, () => becomeIdle(system, patienceMs, outagesMs));

  try {
    await insist(state, async () => {
      await system.start();
      // Told that it has started, a user waits for no more than this.
      const restMs = beginPatience(systemClock, PATIENCE_WITH_START_MS, outagesMs);
      while (system.state !== "working" && restMs() > 0) await sleep(10);
      if (system.state !== "working") lies.push(`started, the system is ${system.state}`);
    });
    for (const [aggregateId, status] of [
      ["o-1", "completed"],
      ["o-3", "timed_out"],
      ["o-4", "failed"],
      ["o-4", "completed"],
    ] as const) {
      void system.processes.waitFor({ aggregateId }, { status, timeout: "100d" }).then(
        () => waitedFor.push(`${aggregateId} ${status}`),
        () => {},
      );
    }
    for (const aggregateId of ["o-1", "o-2", "o-3", "o-4", "o-5"]) await dispatch({ type: "OrderPlaced", aggregateId });
    await pass(HOUR_MS / 2);
    await dispatch(
      { type: "OrderNoted", aggregateId: "o-4" },
      { type: "OrderShipped", aggregateId: "o-4" },
      { type: "OrderNoted", aggregateId: "o-5" },
    );
    await pass(HOUR_MS);
    await dispatch({ type: "OrderShipped", aggregateId: "o-1" });
    await dispatch({ type: "OrderShipped", aggregateId: "o-2" });
    await pass(49 * HOUR_MS);

    state.isMended = true;
    for (const { id, aggregateId } of await system.deadLetters.list()) await settleLetter(id, aggregateId === "o-5" ? "discard" : "retry");
    await pass(HOUR_MS);
    // What is told by promises needs a turn more.
    await sleep(5);
    const instances = await system.processes.find();
    return {
      runs: runs.toSorted(),
      instances: (await Promise.all(instances.map((instance) => describeInstance(system, instance)))).toSorted(),
      letters: (await system.deadLetters.list({ status: "any" }))
        .map(({ aggregateId, handler, attempts, status }) => `${aggregateId} ${handler} ${attempts} ${status}`)
        .toSorted(),
      lag: await system.lag(),
      told: { subscribed: subscribed.toSorted(), waitedFor: waitedFor.toSorted(), counts: readOverview(system) },
      lies,
      rejections: state.rejections,
    };
  } finally {
    await system.stop({ timeout: 0 });
  }
}

/** As a caller does who has something to get done. */
async function insist(state: { rejections: number }, task: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await task();
    } catch (error) {
      state.rejections += 1;
      if (tries === 50) throw error;
      await sleep(10);
    }
  }
}

/** Moves the clock from one due moment to the next, and lets the system `settle` at each. */
async function advance(clock: ManualClock, durationMs: number, settle: () => Promise<void>): Promise<void> {
  const target = clock.now() + durationMs;
  await settle();
  for (let next = clock.nextTimerAt; next !== undefined && next <= target; next = clock.nextTimerAt) {
    clock.moveTo(Math.max(next, clock.now()));
    await settle();
  }
  clock.moveTo(target);
  await settle();
}

/** Waits in real time for what is to be done now. */
async function becomeIdle(system: ProcessSystem, patienceMs: number, outagesMs: () => number): Promise<void> {
  const restMs = beginPatience(systemClock, patienceMs, outagesMs);
  const idle = system.whenIdle().then(() => "idle");
  while (restMs() > 0) if ((await Promise.race([idle, sleep(restMs())])) === "idle") return;
  throw new Error(`not idle after ${patienceMs} ms in which the store was sound: ${JSON.stringify(await system.lag())}`);
}

async function describeInstance(
  system: ProcessSystem,
  { processId, process, aggregateId, status, outcome, context }: ProcessInstance,
): Promise<string> {
  const history = await system.processes.history(processId);
  if (!isDeepStrictEqual(foldContext(history), context)) throw new Error(`${aggregateId} remembers something else than its journal says`);
  const { seen, count } = context as unknown as Remembered;
  const found = await system.processes.find({ process, where: { count } });
  if (!found.some((each) => each.processId === processId)) throw new Error(`${aggregateId} is not found by what it remembers`);
  const steps = history.map(({ kind, event, command, attempt }) =>
    [kind, event?.type ?? command?.type, attempt].filter((part) => part !== undefined).join(" "),
  );
  return `${aggregateId} ${status} ${outcome}: ${steps.join(", ")}; has seen ${seen.join(", ")}`;
}

/** Without the steps, which `subscribe` is told as well and which have no order among instances. */
function readOverview(system: ProcessSystem): unknown {
  const { counts, deadLetters, lag } = system.overview.getSnapshot().context;
  return { counts, deadLetters, lag };
}

function nameError(error: unknown): string {
  return ProcessError.is(error) ? error.code : String(error);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.setTimeout(resolve, ms));
}
