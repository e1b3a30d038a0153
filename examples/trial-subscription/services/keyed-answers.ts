/** What a service does with idempotency keys: a request that comes again is not carried out again and gets the answer of the first. */
export function createKeyedAnswers() {
  const answers = new Map<string, unknown>();
  let doubles = 0;
  return {
    /** How many requests came again. */
    get doubles() {
      return doubles;
    },
    once: <Answer>(idempotencyKey: string, carryOut: () => Answer): Answer => {
      // Under one key there is always the same kind of request.
      if (answers.has(idempotencyKey)) {
        doubles += 1;
        return answers.get(idempotencyKey) as Answer;
      }
      const answer = carryOut();
      answers.set(idempotencyKey, answer);
      return answer;
    },
  };
}
