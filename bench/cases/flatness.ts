import { join } from "node:path";
import { createProcessSystem, type DispatchedEvent, type ProcessSystem } from "perdure";
import { defineCase, interleave, type Session } from "../bench-case.ts";
import { expectEqual } from "../check.ts";
import { copyFile } from "../copy-file.ts";
import { takeTurns } from "../feed.ts";
import { preparedAggregateId } from "../prepared-store.ts";
import { compare, type Goal, type Row } from "../row.ts";
import { measureUsage } from "../usage.ts";
import { waiting } from "../waiting.ts";

type Input =
  /** Gives some instances of a new file a history of that many events each. */
  | { readonly kind: "age"; readonly path: string; readonly events: number }
  /** Gives those instances more events. */
  | { readonly kind: "aged"; readonly path: string; readonly turns: number }
  /** In turn, begins an instance and gives an event to one of the `open` oldest that are open. */
  | { readonly kind: "mixed"; readonly path: string; readonly turns: number; readonly open: number }
  /** In turn, begins an instance and completes it. */
  | { readonly kind: "turnover"; readonly path: string; readonly turns: number };

interface Figures {
  readonly cpuMicrosecondsPerEvent: number;
}

const goal: Goal = { of: "ratio", better: "lower", must: 1.4, aim: 1.15 };
const CALLERS = 100;
const AGED_INSTANCES = 10;
const LIST = 1_000;
const WARM_UP_TURNS = 750;

/** Whether an event costs the same in an old instance as in a young one, and in a full store as in an empty one. */
export const flatnessCase = defineCase<Input, Figures>({
  name: "flatness",
  measure: async (input, { folder }) => {
    if (input.kind === "age") {
      await useSystem(input.path, (system) => age(system, input.events));
      return { cpuMicrosecondsPerEvent: 0 };
    }
    await useSystem(join(folder, "warm-up.db"), (system) => measureTurns(system, WARM_UP_TURNS, beginAndComplete("warm-up")));
    // An instance that has grown older is used once.
    const path = input.kind === "aged" ? join(folder, "measured.db") : input.path;
    if (input.kind === "aged") copyFile(input.path, path);
    return useSystem(path, (system) => measureTurns(system, input.turns, chooseTurn(input)));
  },
  run: async (session) => {
    const { isQuick, prepare } = session;
    const many = isQuick ? 200_000 : 1_000_000;
    const half = isQuick ? 50_000 : 500_000;
    const few = 500;
    const turns = isQuick ? 1_000 : 4_000;
    const full = await prepare({ open: half, completed: half });
    const crowded = await prepare({ open: many, completed: 0 });
    const small = async (): Promise<Input> => ({ kind: "mixed", path: await prepare({ open: few, completed: few }), turns, open: few });
    const stored = `with ${format(half * 2)} instances, half of them ended`;
    return [
      await compareHistories(session, isQuick ? 2_000 : 10_000, turns),
      await compareFiles(session, `${stored}, against 1,000`, async () => ({ kind: "mixed", path: full, turns, open: half }), small, goal),
      // Rows of neighbours share pages of the file, those of instances far apart do not: what the first figure has more than
      // this one is what writing more pages costs.
      await compareFiles(
        session,
        `${stored}, events to ${few} neighbours, against 1,000`,
        async () => ({ kind: "mixed", path: full, turns, open: few }),
        small,
      ),
      await compareFiles(
        session,
        `with ${format(many)} pending timeouts, against 1`,
        async () => ({ kind: "turnover", path: crowded, turns }),
        async () => ({ kind: "turnover", path: await prepare({ open: 1, completed: 0 }), turns }),
        goal,
      ),
    ];
  },
});

async function compareHistories(session: Session<Input, Figures>, events: number, turns: number): Promise<Row> {
  const old = join(session.folder, "old.db");
  const young = join(session.folder, "young.db");
  await session.measure({ kind: "age", path: old, events });
  await session.measure({ kind: "age", path: young, events: 1 });
  return compareFiles(
    session,
    `after ${format(events)} events of an instance, against 1`,
    async () => ({ kind: "aged", path: old, turns }),
    async () => ({ kind: "aged", path: young, turns }),
    goal,
  );
}

async function compareFiles(
  { rounds, measure }: Session<Input, Figures>,
  label: string,
  large: () => Promise<Input>,
  small: () => Promise<Input>,
  goal?: Goal,
): Promise<Row> {
  const pairs = await interleave(
    rounds,
    async () => measure(await large()),
    async () => measure(await small()),
  );
  return compare(`CPU µs/event ${label}`, pairs, ({ cpuMicrosecondsPerEvent }) => cpuMicrosecondsPerEvent, goal);
}

async function useSystem<Result>(path: string, use: (system: ProcessSystem) => Promise<Result>): Promise<Result> {
  const system = await createProcessSystem({ definitions: [waiting], store: { path } });
  await system.start();
  const result = await use(system);
  await system.stop();
  return result;
}

async function age(system: ProcessSystem, events: number): Promise<void> {
  const aggregateIds = Array.from({ length: AGED_INSTANCES }, (_, index) => agedId(index));
  const history = Array.from({ length: events }, (_, index) =>
    aggregateIds.map((aggregateId) => ({ type: index === 0 ? "OrderPlaced" : "PaymentReceived", aggregateId })),
  );
  for (let first = 0; first < events; first += LIST / AGED_INSTANCES)
    await system.dispatch(history.slice(first, first + LIST / AGED_INSTANCES).flat());
  await system.whenIdle();
}

/** The events of a turn are dispatched one after another, those of 100 turns side by side. */
async function measureTurns(system: ProcessSystem, turns: number, eventsOf: Turn): Promise<Figures> {
  const { handled: before } = await system.lag();
  const { cpuMs } = await measureUsage(async () => {
    await takeTurns(turns, CALLERS, async (turn) => {
      for (const event of eventsOf(turn)) await system.dispatch(event);
    });
    await system.whenIdle();
  });
  const events = turns * eventsOf(0).length;
  const { handled, ignored, deadLetters } = await system.lag();
  expectEqual("events handled", handled - before - ignored - deadLetters, events);
  return { cpuMicrosecondsPerEvent: (cpuMs / events) * 1000 };
}

type Turn = (turn: number) => readonly DispatchedEvent[];

function chooseTurn(input: Exclude<Input, { readonly kind: "age" }>): Turn {
  const name = `new-${Date.now()}`;
  switch (input.kind) {
    case "aged":
      return (turn) => [0, 1].map((event) => ({ type: "PaymentReceived", aggregateId: agedId((turn * 2 + event) % AGED_INSTANCES) }));
    case "mixed":
      return (turn) => [
        { type: "OrderPlaced", aggregateId: `${name}-${turn}` },
        { type: "PaymentReceived", aggregateId: preparedAggregateId(Math.floor((turn / input.turns) * input.open)) },
      ];
    case "turnover":
      return beginAndComplete(name);
  }
}

function beginAndComplete(name: string): Turn {
  return (turn) => ["OrderPlaced", "OrderFulfilled"].map((type) => ({ type, aggregateId: `${name}-${turn}` }));
}

function format(count: number): string {
  return count.toLocaleString("en");
}

function agedId(index: number): string {
  return `aged-${index}`;
}
