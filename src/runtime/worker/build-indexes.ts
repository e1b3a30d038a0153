import type { Domain } from "../../definition/model/definition.ts";
import { repeat } from "../../platform/repeat.ts";
import type { Store } from "../../store/store.ts";

// A step is one transaction of a few milliseconds, so that other writes do not wait long.
const STEP = 500;
const PAUSE_MS = 5;
const PAUSE_AFTER_FAILURE_MS = 1_000;

/**
 * Says which keys of contexts are indexed, and begins to build what is new. Returns whether some of that is left, as it is in a large store.
 * Call it inside a transaction.
 */
export function declareIndexes({ contextIndex }: Pick<Store, "contextIndex">, { definitions }: Pick<Domain, "definitions">): boolean {
  const indexed = definitions.filter(({ index }) => index.length > 0);
  contextIndex.declare(
    new Map(indexed.map(({ process, index, context }) => [process, { keys: index, initial: context?.initial ?? "{}" }])),
  );
  return contextIndex.advance(STEP);
}

/** Builds what `declareIndexes` has left, in steps. Returns the function that ends this. */
export function buildIndexes(
  store: Pick<Store, "contextIndex" | "transact">,
  checkLease: () => void,
  guard: (task: () => void) => () => void,
): () => void {
  let hasFailed = false;
  const step = guard(() => {
    hasFailed = true;
    const hasMore = store.transact(() => {
      checkLease();
      return store.contextIndex.advance(STEP);
    });
    hasFailed = false;
    if (!hasMore) end();
  });
  const end = repeat(step, () => (hasFailed ? PAUSE_AFTER_FAILURE_MS : PAUSE_MS));
  return end;
}
