import { listPaths } from "../machine/state-paths.ts";
import type { Desk } from "./desk.ts";
import type { StatesAnswer } from "./wire.ts";

/** How many instances of a process are in each state of its chart. */
export async function countStates({ system, thrift }: Desk, process: string): Promise<StatesAnswer> {
  const counts = new Map<string, number>();
  for (const { state, count } of await thrift(`states ${process}`, () => system.processes.states(process))) {
    for (const path of listPaths(state)) counts.set(path, (counts.get(path) ?? 0) + count);
  }
  return Object.fromEntries(counts);
}
