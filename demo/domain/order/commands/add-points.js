/** Points of the demonstration are worth nothing. */
export function handler() {}
