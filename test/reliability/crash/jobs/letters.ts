import { groupBy } from "../check/lists.ts";
import type { JobCheck } from "./check.ts";
import type { Behaviour, Plan } from "./plan.ts";

/** Each failure for good has one dead letter, which is settled as planned, and is the same in the file of its own. */
export function checkLetters({ plan, evidence, index, options, expect }: JobCheck): void {
  const { letters, letterFile, journal } = evidence;
  const named = groupBy(
    journal.filter(({ kind }) => ["failed", "step_failed", "command_failed"].includes(kind)),
    ({ facts }) => facts.deadLetterId!,
  );
  const byId = new Map(letters.map((letter) => [letter.deadLetterId, letter]));
  for (const [id, rows] of named) {
    expect(byId.has(id), () => `${rows[0]!.kind} of ${rows[0]!.processId} has no dead letter`);
    const kinds = rows.map(({ kind }) => kind);
    expect(new Set(kinds).size === kinds.length, () => `dead letter ${id} was written twice: ${kinds.join()}`);
  }
  for (const { deadLetterId, status, aggregateId, attempts, code, kind, subject } of letters) {
    expect(named.has(deadLetterId), () => `dead letter ${deadLetterId} has no failure in the journal`);
    const isSuicidal = isSuicide(plan, aggregateId, kind, subject);
    const settlement = code === "WORKER_DIED" && !isSuicidal ? "retry" : plan.instances[aggregateId]!.settlement;
    expect(
      !isSuicidal || (code === "WORKER_DIED" && attempts === options.maxRetries + 1),
      () => `the suicidal ${subject} is a dead letter of ${attempts} attempts with ${code}`,
    );
    expect(
      status === (settlement === "retry" ? "retried" : "discarded"),
      () => `dead letter ${deadLetterId} is ${status}, and not ${settlement}`,
    );
    expect(attempts >= 1 && attempts <= options.maxRetries + 1, () => `dead letter ${deadLetterId} has ${attempts} attempts`);
    expect(
      journal.filter(({ kind, facts }) => kind === "resumed" && facts.deadLetterId === deadLetterId).length <= 1,
      () => `dead letter ${deadLetterId} was resumed twice`,
    );
    expect(
      status === "discarded" || index.settled.has(deadLetterId),
      () => `dead letter ${deadLetterId} is ${status}, and the journal does not tell`,
    );
  }
  if (letterFile === undefined) return;
  expect(letterFile.length === letters.length, () => `${letterFile.length} dead letters are in their file, ${letters.length} in the store`);
  for (const { deadLetterId, status } of letterFile) {
    expect(
      byId.get(deadLetterId)?.status === status,
      () => `dead letter ${deadLetterId} is ${status} in its file, ${byId.get(deadLetterId)?.status} in the store`,
    );
  }
}

function isSuicide({ instances }: Plan, aggregateId: string, kind: string, subject: string): boolean {
  const { onTimedOut, onFailed } = instances[aggregateId]!;
  const { payload } = JSON.parse(subject) as { readonly payload: string };
  const { breaks } = kind === "timed_out" ? onTimedOut : kind === "failed" ? onFailed : (JSON.parse(payload) as Behaviour);
  return breaks === "exits" || breaks === "aborts";
}
