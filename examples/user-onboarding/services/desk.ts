/** Stands in for the desk of support: a second note under the same idempotency key is not taken. */
export function createDesk() {
  const notesByKey = new Map<string, string>();
  return {
    get notes(): readonly string[] {
      return [...notesByKey.values()];
    },
    put: (note: string, idempotencyKey: string) => {
      notesByKey.set(idempotencyKey, note);
    },
  };
}

export type Desk = ReturnType<typeof createDesk>;
