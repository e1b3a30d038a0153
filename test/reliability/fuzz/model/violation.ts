/** A sentence of the guarantees that does not hold. */
export class Violation extends Error {
  override readonly name = "Violation";
}

export function demand(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Violation(sentence);
}
