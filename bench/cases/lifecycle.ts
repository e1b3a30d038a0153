import { join } from "node:path";
import { defineCase, interleave, type Session } from "../bench-case.ts";
import { feedByCallers, feedByLists } from "../feed.ts";
import { fileSize } from "../file-size.ts";
import { openProgram } from "../open-program.ts";
import type { Program, ProgramName } from "../program.ts";
import { compare, type Goal, type Row } from "../row.ts";
import { peakMemoryMb } from "../usage.ts";
import { warmUp } from "../warm-up.ts";
import { workW1 } from "../work-w1.ts";

type Feeding = "one caller" | "100 callers" | "lists of 1,000";

interface Input {
  readonly program: ProgramName;
  readonly feeding: Feeding;
  readonly orders: number;
  /** Whether each order remembers some 500 bytes. */
  readonly remembers?: boolean;
}

interface Figures {
  readonly eventsPerSecond: number;
  readonly instancesPerSecond: number;
  readonly cpuMicrosecondsPerEvent: number;
  readonly peakMemoryMb: number;
  readonly heapMb: number;
  readonly fileMb: number;
}

/** W1: orders from their first event to their completion, every due command executed. */
export const lifecycleCase = defineCase<Input, Figures>({
  name: "lifecycle",
  measure: async (input, { folder }) => {
    await warmUp(input.program, folder, input.remembers);
    return work(input, join(folder, "measured.db"));
  },
  run: async (session) => {
    const { isQuick } = session;
    const size = isQuick ? 2_000 : 10_000;
    const rows = [
      ...(await compareFeeding(session, "100 callers", size, 5, { of: "ratio", better: "higher", must: 0.45, aim: 0.6 })),
      ...(await compareFeeding(session, "100 callers", { orders: size, remembers: true }, session.rounds)),
      ...(await compareFeeding(session, "one caller", isQuick ? 400 : 1_000, session.rounds, {
        of: "ratio",
        better: "higher",
        must: 0.5,
        aim: 0.7,
      })),
      ...(await compareFeeding(session, "lists of 1,000", size, session.rounds, { of: "ratio", better: "higher", must: 0.4, aim: 0.5 })),
    ];
    if (isQuick) return rows;
    return [...rows, ...(await compareFeeding(session, "100 callers", 100_000, 1, { of: "ratio", better: "higher", must: 0.4, aim: 0.5 }))];
  },
});

async function work({ program: name, feeding, orders, remembers = false }: Input, path: string): Promise<Figures> {
  const program = await openProgram(name, { path, remembers });
  const figures = await workW1(program, orders, () => feed(program, feeding, orders));
  const fileMb = fileSize(path) / 1e6;
  await program.stop();
  return {
    ...figures,
    peakMemoryMb: peakMemoryMb(),
    heapMb: process.memoryUsage().heapUsed / 1e6,
    fileMb,
  };
}

function feed(program: Program, feeding: Feeding, orders: number): Promise<void> {
  switch (feeding) {
    case "one caller":
      return feedByCallers(program, orders, 1);
    case "100 callers":
      return feedByCallers(program, orders, 100);
    case "lists of 1,000":
      return feedByLists(program, orders, 1_000);
  }
}

async function compareFeeding(
  { measure }: Session<Input, Figures>,
  ...[feeding, given, rounds, goal]: [Feeding, number | Pick<Input, "orders" | "remembers">, number, Goal?]
): Promise<readonly Row[]> {
  const { orders, remembers = false } = typeof given === "number" ? { orders: given } : given;
  const pairs = await interleave(
    rounds,
    () => measure({ program: "perdure", feeding, orders, remembers }),
    () => measure({ program: "ceiling", feeding, orders, remembers }),
  );
  const label = `W1 ${feeding}, ${orders.toLocaleString("en")} orders${remembers ? " with a context" : ""}`;
  return [
    compare(`${label}, events/s`, pairs, ({ eventsPerSecond }) => eventsPerSecond, goal),
    compare(`${label}, orders/s`, pairs, ({ instancesPerSecond }) => instancesPerSecond),
    compare(`${label}, CPU µs/event`, pairs, ({ cpuMicrosecondsPerEvent }) => cpuMicrosecondsPerEvent),
    compare(`${label}, peak RSS in MB`, pairs, ({ peakMemoryMb }) => peakMemoryMb),
    compare(`${label}, heap at the end in MB`, pairs, ({ heapMb }) => heapMb),
    compare(`${label}, file in MB`, pairs, ({ fileMb }) => fileMb),
  ];
}
