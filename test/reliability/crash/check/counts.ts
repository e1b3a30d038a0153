import type { Check } from "./check.ts";

/** What a run came to. */
export interface Counts {
  readonly events: number;
  readonly commands: number;
  /** Delayed commands, timeouts and retries that fired. */
  readonly timers: number;
  readonly deadLetters: number;
  /** Runs of handlers and command handlers, and those of them that a crash made necessary. */
  readonly runs: number;
  readonly repeatedRuns: number;
}

export function countAll({ evidence, index }: Check): Counts {
  const retries = evidence.journal.filter(({ kind }) => kind === "attempt_failed" || kind === "command_attempt_failed").length;
  const timeouts = evidence.journal.filter(({ kind }) => kind === "timed_out").length;
  const delayed = [...index.rowsByCommand.values()].filter((rows) =>
    rows.some(({ facts, kind }) => kind === "command_handled" && facts.command!.type === "remind"),
  );
  const attempts = evidence.journal.filter(({ facts }) => facts.attempt !== undefined).length;
  const runs = index.handlerRuns.length + index.commandRuns.length;
  const distinct = new Set([...index.handlerRuns, ...index.commandRuns].map(({ what, key, attempt }) => `${what} ${key} ${attempt}`)).size;
  return {
    events: evidence.events.size,
    commands: index.rowsByCommand.size,
    timers: retries + timeouts + delayed.length,
    deadLetters: evidence.letters.length,
    runs,
    repeatedRuns: runs - Math.max(distinct, Math.min(attempts, distinct)),
  };
}
