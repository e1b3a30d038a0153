import { createKeyedAnswers } from "./keyed-answers.ts";

/** Stands in for the desk of a person who looks at what went wrong. */
export function createDesk() {
  const notes: string[] = [];
  const requests = createKeyedAnswers();
  return {
    notes: notes as readonly string[],
    put: (note: string, idempotencyKey: string) => requests.once(idempotencyKey, () => void notes.push(note)),
  };
}
