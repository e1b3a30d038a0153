/** A value of the context that an index can hold. Texts, numbers, booleans and `null` of the same look are different values. */
export type IndexedValue = string | number | boolean | null;

/** A key of a process's context whose values are indexed. */
export interface IndexedKey {
  readonly key: string;
  /** Whether the index has every instance. `false` while the index is being built. */
  readonly isBuilt: boolean;
}

/** What is indexed of one process. */
export interface DeclaredIndex {
  readonly keys: readonly string[];
  /** The context of an instance that has none, as JSON text. Such an instance began before its process had a context, and counts with this one. */
  readonly initial: string;
}

/**
 * Which keys of which processes' contexts are indexed. The store keeps the index up to date with each instance that is written, in the same
 * transaction. A process without such keys pays nothing.
 */
export interface ContextIndex {
  /**
   * Says which keys are indexed from now on, by process, in the place of all that were before. An index that is new is built by `advance`.
   * So is one whose key has another value in `initial` than before. Whoever writes instances says it once, before writing any.
   */
  declare(indexes: ReadonlyMap<string, DeclaredIndex>): void;
  /** The keys of a process that are indexed, by name. */
  read(process: string): readonly IndexedKey[];
  /**
   * Builds what is not built yet, and removes what is no longer wanted: about `limit` rows of it. Returns whether some is left.
   */
  advance(limit: number): boolean;
}
