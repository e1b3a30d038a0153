/** The report of the demonstration is this sentence. */
export function handler() {}
