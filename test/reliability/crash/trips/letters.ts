import { groupBy } from "../check/lists.ts";
import type { TripCheck } from "./check.ts";

/** Each failure for good has one dead letter, which is settled as planned, or with its instance. */
export function checkLetters({ evidence, index, expect }: TripCheck): void {
  const { letters, letterFile, journal, instances } = evidence;
  const named = groupBy(
    journal
      .filter(({ kind }) => ["failed", "step_failed", "command_failed"].includes(kind))
      .filter(({ facts }) => facts.deadLetterId !== undefined),
    ({ facts }) => facts.deadLetterId!,
  );
  const byId = new Map(letters.map((letter) => [letter.deadLetterId, letter]));
  for (const id of named.keys()) expect(byId.has(id), () => `${id} is told of in the journal, and is no dead letter`);
  for (const { deadLetterId, status, subject, code, processId } of letters) {
    expect(named.has(deadLetterId), () => `dead letter ${deadLetterId} has no failure in the journal`);
    const { payload } = JSON.parse(subject) as { readonly payload: string };
    const planned = (JSON.parse(payload) as { readonly settlement?: string }).settlement ?? "retry";
    const isRetried = code === "WORKER_DIED" || planned === "retry";
    // Another letter of its instance was discarded, or its trip waits for it no more.
    const instance = instances.get(processId);
    const hasEnded = instance?.endedAt !== null && (instance?.status === "failed" || instance?.status === "cancelled");
    expect(
      status === (isRetried ? "retried" : "discarded") || (status === "discarded" && hasEnded),
      () => `dead letter ${deadLetterId} is ${status}, and was to be ${isRetried ? "retried" : "discarded"}`,
    );
    expect(
      status === "discarded" || index.settled.has(deadLetterId),
      () => `dead letter ${deadLetterId} is ${status}, and the journal does not tell`,
    );
  }
  if (letterFile === undefined) return;
  expect(letterFile.length === letters.length, () => `${letterFile.length} dead letters are in their file, ${letters.length} in the store`);
  for (const { deadLetterId, status } of letterFile)
    expect(byId.get(deadLetterId)?.status === status, () => `dead letter ${deadLetterId} is ${status} in its file`);
}
