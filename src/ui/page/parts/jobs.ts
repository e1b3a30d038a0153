import { useEffect, useState } from "preact/hooks";
import { ApiError, askAll } from "./api.ts";
import { toApiError } from "./use-answer.ts";

/** One verb for many, some at a time. It goes on wherever the reader goes on the page. */
export interface Job {
  readonly number: number;
  /** Such as `Retry 500 letters`. */
  readonly title: string;
  readonly done: number;
  /** Noted for the next worker. */
  readonly left: number;
  /** Others were faster, or they take it no more. */
  readonly refused: number;
  readonly of: number;
  readonly isRunning: boolean;
  /** Why it has halted; what was not asked for yet is untouched. */
  readonly error: ApiError | undefined;
}

export interface JobOrder {
  readonly title: string;
  /** Of `api/do-all/`. */
  readonly verb: string;
  readonly ids: readonly string[];
  readonly reason: string;
  readonly onDone: () => void;
}

// One request for each would take longer, and one for all would say nothing for a while.
const AT_ONCE = 50;

interface Entry {
  readonly order: JobOrder;
  job: Job;
  isStopped: boolean;
  /** Those that are not settled, as far as is known. */
  rest: readonly string[];
}

const entries = new Map<number, Entry>();
const listeners = new Set<() => void>();
let last = 0;

/** Begins with the first. */
export function beginJob(order: JobOrder): void {
  const number = (last += 1);
  const job: Job = { number, title: order.title, done: 0, left: 0, refused: 0, of: order.ids.length, isRunning: true, error: undefined };
  const entry: Entry = { order, job, isStopped: false, rest: order.ids };
  entries.set(number, entry);
  void work(entry);
}

/** What is under way is finished, and nothing more is asked for. */
export function stopJob(number: number): void {
  const entry = entries.get(number);
  if (entry !== undefined) entry.isStopped = true;
}

/** Goes on where it was, whether it was stopped or the connection was lost. One that was asked for already is refused, and nothing happens twice. */
export function goOn(number: number): void {
  const entry = entries.get(number);
  if (entry === undefined || entry.job.isRunning) return;
  entry.isStopped = false;
  tell(entry, { isRunning: true, error: undefined });
  void work(entry);
}

export function dismissJob(number: number): void {
  entries.delete(number);
  for (const listener of listeners) listener();
}

/** All that there are, oldest first. */
export function useJobs(): readonly Job[] {
  const [jobs, setJobs] = useState(list);
  useEffect(() => {
    const listener = () => setJobs(list());
    listeners.add(listener);
    listener();
    return () => void listeners.delete(listener);
  }, []);
  return jobs;
}

function list(): readonly Job[] {
  return [...entries.values()].map(({ job }) => job);
}

function tell(entry: Entry, change: Partial<Job>): void {
  entry.job = { ...entry.job, ...change };
  for (const listener of listeners) listener();
}

async function work(entry: Entry): Promise<void> {
  const { verb, reason, onDone } = entry.order;
  tell(entry, {});
  while (entry.rest.length > 0 && !entry.isStopped) {
    const ids = entry.rest.slice(0, AT_ONCE);
    try {
      const { outcomes, failure } = await askAll(verb, { ids, ...(reason !== "" && { reason }) });
      const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
      entry.rest = [...ids.filter((_, index) => outcomes[index] === "failed"), ...entry.rest.slice(ids.length)];
      const { done, left, refused } = entry.job;
      tell(entry, { done: done + count("done"), left: left + count("left"), refused: refused + count("refused") });
      if (failure !== undefined) throw new ApiError(failure);
    } catch (error) {
      tell(entry, { isRunning: false, error: toApiError(error) });
      return;
    }
  }
  tell(entry, { isRunning: false });
  onDone();
}
