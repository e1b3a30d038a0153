import type { Store } from "../store.ts";

/** One rule that every store keeps. It throws where the rule is broken. */
export interface StoreRule {
  readonly name: string;
  check(given: StoreUnderTest): void;
}

/** A store that holds nothing yet. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Opens a second store on what this one has committed, as after a restart of the OS process. */
  reopen(): Store;
  /**
   * Opens a second store on the same data while this one is open, as another OS process would. Leave it out for a store that only one
   * process can open. Then the rules about what several stores notice of each other are not checked.
   */
  connect?(): Store;
}

/** A rule for each check, named by what it is about and what it says. */
export function named(what: string, checks: Readonly<Record<string, StoreRule["check"]>>): readonly StoreRule[] {
  return Object.entries(checks).map(([rule, check]) => ({ name: `${what}: ${rule}`, check }));
}
