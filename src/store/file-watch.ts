/** Tells that a store's file has been written, by whomever, soon after it was. */
export interface FileWatch {
  /** `false` where nothing tells: then the file has to be looked at again and again. */
  readonly isWatching: boolean;
  end(): void;
}
