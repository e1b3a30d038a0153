import type { OverviewAnswer } from "../../wire.ts";
import { formatSpan } from "../parts/time.tsx";

const LONG_MS = 60_000;

/** How the system is, in sentences; what is well has none. */
export function Health({ answer }: { readonly answer: OverviewAnswer }) {
  const problems = findProblems(answer);
  const { running, state } = answer;
  return (
    <article class={problems.length > 0 ? "warn-tile" : ""}>
      <h2>Health</h2>
      <strong>{problems.length === 0 ? "well" : "look here"}</strong>
      <ul class={problems.length === 0 ? "quiet" : ""}>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
        {problems.length === 0 && <li>{whereWorkerIs(answer)}</li>}
        {state === "working" && running > 0 && (
          <li class="quiet">{running === 1 ? "1 handler runs" : `${running.toLocaleString()} handlers run`}</li>
        )}
      </ul>
    </article>
  );
}

function whereWorkerIs({ worker, state }: OverviewAnswer): string {
  if (state === "working") return "The worker is in the program that serves this page.";
  return worker === "unknown" ? "Nothing tells of a worker." : "A worker works elsewhere.";
}

function findProblems(answer: OverviewAnswer): readonly string[] {
  const { worker, reasons, oldestWaitingMs, overdueTimers, awaitingDefinition, newerInstances, awaitingLimit } = answer;
  const count = (of: number, one: string, many: string) => of > 0 && `${of.toLocaleString()} ${of === 1 ? one : many}`;
  return [
    ...reasons.map((reason) => `The program that serves this page is not ready: ${reason}.`),
    worker === "none" && "No worker runs.",
    oldestWaitingMs > LONG_MS && `The oldest event has waited for ${formatSpan(oldestWaitingMs)}.`,
    count(overdueTimers, "timer is overdue.", "timers are overdue."),
    count(
      awaitingDefinition,
      "event waits for a worker whose definitions know it.",
      "events wait for a worker whose definitions know them.",
    ),
    count(
      newerInstances,
      "instance is of a newer version than the worker's definitions.",
      "instances are of a newer version than the worker's definitions.",
    ),
    ...Object.entries(awaitingLimit).map(([name, of]) =>
      count(of, `command ${name} waits for its limit.`, `commands ${name} wait for their limit.`),
    ),
  ].filter((problem) => problem !== false);
}
