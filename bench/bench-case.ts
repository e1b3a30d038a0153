import type { Preparation } from "./prepared-store.ts";
import type { Pair, Row } from "./row.ts";

/** What a case does with its measurements; it lives in the parent process. */
export interface Session<Input, Figures> {
  /** Sizes are smaller. */
  readonly isQuick: boolean;
  /** How often a measurement is repeated unless it matters more or takes longer than most: 5, or 3 in a quick run. */
  readonly rounds: number;
  /** Stays until the case ends. */
  readonly folder: string;
  /** Returns the path of a new file in the folder, filled that way. */
  prepare(preparation: Preparation): Promise<string>;
  /** Makes one measurement in an OS process of its own. */
  measure(input: Input): Promise<Figures>;
  /** The same, but kills the OS process that long after it called `onReady`. */
  measureUntilKilled(input: Input, milliseconds: number): Promise<void>;
}

/** What a measurement is given; it lives in the child process. */
export interface Surroundings {
  /** Empty, and gone after the measurement. */
  readonly folder: string;
  readonly onReady: () => void;
}

export interface CaseOptions<Input, Figures> {
  readonly name: string;
  /** In the child: does the work, checks that it was done, returns what it measured. Input and figures are JSON. */
  measure(input: Input, surroundings: Surroundings): Promise<Figures>;
  /** In the parent: has the measurements made and makes rows of them. */
  run(session: Session<Input, Figures>): Promise<readonly Row[]>;
}

/** A case without the types of what goes between its two halves. */
export interface BenchCase {
  readonly name: string;
  readonly measure: (input: unknown, surroundings: Surroundings) => Promise<unknown>;
  readonly run: (session: Session<unknown, unknown>) => Promise<readonly Row[]>;
}

export function defineCase<Input, Figures>({ name, measure, run }: CaseOptions<Input, Figures>): BenchCase {
  return {
    name,
    // Both casts undo the same loss: what comes over is what this case's other half sent.
    measure: (input, surroundings) => measure(input as Input, surroundings),
    run: (session) => run(session as Session<Input, Figures>),
  };
}

/** Ours, the other, ours, the other …: what disturbs the machine for a while disturbs both. */
export async function interleave<Figures>(
  rounds: number,
  ours: () => Promise<Figures>,
  against: () => Promise<Figures>,
): Promise<readonly Pair<Figures>[]> {
  const pairs: Pair<Figures>[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push({ ours: await ours(), against: await against() });
  return pairs;
}

export async function repeat<Figures>(rounds: number, measure: () => Promise<Figures>): Promise<readonly Figures[]> {
  const measured: Figures[] = [];
  for (let round = 0; round < rounds; round += 1) measured.push(await measure());
  return measured;
}
