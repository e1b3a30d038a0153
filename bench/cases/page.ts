import { join } from "node:path";
import { createProcessSystem } from "perdure";
import { createUi } from "perdure/ui";
import { defineCase, interleave, repeat } from "../bench-case.ts";
import { charted, waitingProcesses } from "../charted.ts";
import { expectEqual } from "../check.ts";
import { failing } from "../failing.ts";
import { createPerdure } from "../perdure.ts";
import { compare, report } from "../row.ts";
import { warmUp } from "../warm-up.ts";
import { workW1 } from "../work-w1.ts";

type Input =
  | { readonly kind: "answers"; readonly path: string; readonly instances: number; readonly letters: number }
  | { readonly kind: "W1"; readonly pages: number; readonly orders: number };

interface Figures {
  /** The median of each answer, in milliseconds. */
  readonly answersMs: Readonly<Record<string, number>>;
  readonly eventsPerSecond: number;
  readonly cpuMicrosecondsPerEvent: number;
}

const TRIES = 5;
const LONGEST_MS = 200;
// Behind an answer that took long, the next is put off for a while.
const LONGEST_PAUSE_MS = 2_100;
const waiting = waitingProcesses.waiting.process;

/** What the page asks for on a large store, and what W1 costs while three browsers look at the overview. It runs only when `--only page` names it. */
export const pageCase = defineCase<Input, Figures>({
  name: "page",
  measure: (input, { folder }) => (input.kind === "answers" ? measureAnswers(input) : measureW1(input, folder)),
  run: async ({ isQuick, rounds, prepare, measure }) => {
    const [open, completed, letters] = isQuick ? [100_000, 80_000, 20_000] : [500_000, 400_000, 100_000];
    const path = await prepare({ open, completed, letters });
    const answers = await repeat(1, () => measure({ kind: "answers", path, instances: open + completed + letters, letters }));
    const orders = 5_000;
    const pairs = await interleave(
      rounds,
      () => measure({ kind: "W1", pages: 3, orders }),
      () => measure({ kind: "W1", pages: 0, orders }),
    );
    const size = `${((open + completed + letters) / 1000).toLocaleString("en")} thousand instances`;
    return [
      ...Object.keys(answers[0]!.answersMs).map((what) =>
        report(`the page on ${size}, ms: ${what}`, answers, ({ answersMs }) => answersMs[what]!, {
          of: "ours",
          better: "lower",
          must: LONGEST_MS,
        }),
      ),
      compare("W1 100 callers with three browsers against none, events/s", pairs, ({ eventsPerSecond }) => eventsPerSecond, {
        of: "ratio",
        better: "higher",
        must: 0.95,
      }),
      compare(
        "W1 100 callers with three browsers against none, CPU µs/event",
        pairs,
        ({ cpuMicrosecondsPerEvent }) => cpuMicrosecondsPerEvent,
        {
          of: "ratio",
          better: "lower",
          must: 1.05,
        },
      ),
    ];
  },
});

async function measureAnswers({ path, instances, letters }: Input & { readonly kind: "answers" }): Promise<Figures> {
  const system = await createProcessSystem({ definitions: [waitingProcesses.waiting, charted, failing], store: { path } });
  await system.start();
  const counts = Object.values(system.overview.getSnapshot().context.counts).flatMap((byStatus) => Object.values(byStatus));
  expectEqual(
    "instances",
    counts.reduce((sum, count) => sum + count, 0),
    instances,
  );
  expectEqual("letters", system.overview.getSnapshot().context.deadLetters, letters);
  const ui = createUi(system, { authorize: () => true });
  const answersMs: Record<string, number> = {};
  for (const [what, address] of await listAddresses(system)) {
    const took: number[] = [];
    for (let index = 0; index < TRIES; index += 1) {
      const begun = performance.now();
      const response = await ui(new Request(`http://page.test/api/${address}`));
      if (response.status !== 200) throw new Error(`${address}: ${await response.text()}`);
      await response.text();
      took.push(performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, Math.min(21 * took.at(-1)!, LONGEST_PAUSE_MS)));
    }
    answersMs[what] = took.toSorted((one, other) => one - other)[Math.floor(TRIES / 2)]!;
  }
  await system.stop();
  return { answersMs, eventsPerSecond: 0, cpuMicrosecondsPerEvent: 0 };
}

async function listAddresses(system: Awaited<ReturnType<typeof createProcessSystem>>): Promise<readonly (readonly [string, string])[]> {
  const [open] = await system.processes.find({ process: waiting, status: "started", limit: 1 });
  const [letter] = await system.deadLetters.list({ limit: 1 });
  const { nextCursor } = await system.processes.find({ limit: 50 });
  const of = (query: Readonly<Record<string, string>>) => new URLSearchParams(query).toString();
  return [
    ["session", "session"],
    ["overview", "overview"],
    ["instances", "instances"],
    ["instances, next page", `instances?${of({ cursor: nextCursor! })}`],
    ["instances of a process", `instances?${of({ process: failing.process })}`],
    ["instances by status", `instances?${of({ status: "failed" })}`],
    ["instances of a process by status", `instances?${of({ process: waiting, status: "started" })}`],
    ["instances of a process by a status that few have", `instances?${of({ process: failing.process, status: "started" })}`],
    ["instances of a process by a status that none has", `instances?${of({ process: waiting, status: "failed" })}`],
    ["instances of a process by the status of others", `instances?${of({ process: failing.process, status: "completed" })}`],
    ["instances by key", `instances?${of({ q: open!.aggregateId })}`],
    ["instances that are suspended", `instances?${of({ suspended: "yes" })}`],
    ["an instance", `instance?${of({ id: open!.processId })}`],
    ["an instance with a letter", `instance?${of({ id: letter!.processId })}`],
    ["what a verb for many would take", `chosen?${of({ verb: "suspend-instance", process: waiting })}`],
    ["letters", "letters"],
    ["letters of a process", `letters?${of({ process: failing.process })}`],
    ["a letter", `letter?${of({ id: letter!.id })}`],
    ["timers", "timers"],
    ["timers of a kind that none has", `timers?${of({ kind: "retry" })}`],
    ["timers of a process", `timers?${of({ process: waiting, kind: "timeout" })}`],
    ["schedules", "schedules"],
    ["states of a chart", `states?${of({ process: charted.process })}`],
    ["a chart", `chart?${of({ process: waiting, status: "started" })}`],
  ];
}

async function measureW1({ pages, orders }: Input & { readonly kind: "W1" }, folder: string): Promise<Figures> {
  await warmUp("perdure", folder);
  const program = await createPerdure({ path: join(folder, "measured.db"), pages });
  const figures = await workW1(program, orders);
  await program.stop();
  return { answersMs: {}, ...figures };
}
