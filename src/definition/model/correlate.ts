/** Which instances of a process an event is for: one by its key, several, or none (`null`). */
export type Correlated = string | readonly string[] | null;

/** A function of `correlate` as a definition holds it. What it returns is checked whenever it is asked. */
export type Correlate = (event: never) => unknown;
