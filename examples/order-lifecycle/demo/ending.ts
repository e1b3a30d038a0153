import type { DeadLetter, ProcessInstance, ProcessSystem, Status } from "perdure";
import { check } from "./check.ts";
import type { Cell, Narrator, Tone } from "./narrator.ts";

/** Prints what `system` shows when all is done, and compares it with the story. */
export async function tellEnding(system: Pick<ProcessSystem, "processes" | "deadLetters" | "lag">, narrator: Narrator): Promise<void> {
  const instances = (await system.processes.find()).toReversed();
  const letters = await system.deadLetters.list();
  const { parked } = await system.lag();

  narrator.heading("The instances, as stored");
  narrator.table(
    ["PROCESS ID", "ORDER", "STATUS", "STARTED", "ENDED", "DUE"],
    instances.map((instance) => toRow(instance, narrator)),
  );
  narrator.heading("The open dead letters", `Parked behind them: ${parked} event`);
  narrator.table(["LETTER", "ORDER", "STEP", "ATTEMPTS", "ERROR"], letters.map(toLetterRow));

  check("the stored statuses", expectedStatuses, Object.fromEntries(instances.map(({ aggregateId, status }) => [aggregateId, status])));
  check(
    "the open dead letters",
    ["o-3 on-payment-received 4"],
    letters.map((letter) => `${letter.aggregateId} ${letter.handler} ${letter.attempts}`),
  );
  check("the parked events", 1, parked);
}

const expectedStatuses: Readonly<Record<string, Status>> = { "o-1": "completed", "o-2": "timed_out", "o-3": "failed", "o-4": "timed_out" };

const tones: Readonly<Record<Status, Tone>> = { started: "plain", completed: "good", timed_out: "late", failed: "bad", cancelled: "quiet" };

function toRow({ processId, aggregateId, status, startedAt, endedAt, dueAt }: ProcessInstance, { moment }: Narrator): readonly Cell[] {
  return [shorten(processId), aggregateId, { text: status, tone: tones[status] }, moment(startedAt), moment(endedAt), moment(dueAt)];
}

function toLetterRow({ id, aggregateId, handler, attempts, error }: DeadLetter): readonly Cell[] {
  return [shorten(id), aggregateId, handler, String(attempts), error.message];
}

// The ids begin with the time, so it is their ends that tell them apart.
function shorten(id: string): string {
  return `…${id.slice(-8)}`;
}
