import type { StateValue } from "../definition/model/instance.ts";
import { ProcessError } from "../errors.ts";
import { describeKind, isPlainObject } from "../platform/json.ts";
import type { StateOfProcess } from "../store/instances.ts";
import type { Store } from "../store/store.ts";

/**
 * The states that instances are in and that `wanted` matches as XState's `matches` does: `"paying"` matches every state inside `paying`, and
 * `{ paying: "card" }` those inside `card`. `undefined` if nothing is wanted.
 * @throws ProcessError `CONFIG_INVALID`
 */
export function findStates(
  { instances }: Pick<Store, "instances">,
  { process, state: wanted }: { readonly process?: string; readonly state?: StateValue },
): readonly StateOfProcess[] | undefined {
  if (wanted === undefined) return undefined;
  checkState(wanted, "state");
  return instances.states(process).filter(({ state }) => matchesState(wanted, JSON.parse(state) as StateValue));
}

export function matchesState(wanted: StateValue, state: StateValue): boolean {
  if (typeof state === "string") return typeof wanted === "string" && wanted === state;
  if (typeof wanted === "string") return Object.hasOwn(state, wanted);
  return Object.entries(wanted).every(([name, inner]) => {
    const found = Object.hasOwn(state, name) ? state[name] : undefined;
    return found !== undefined && (inner === undefined || matchesState(inner, found));
  });
}

/** `what` says where the state was given. @throws ProcessError `CONFIG_INVALID` */
export function checkState(wanted: unknown, what: string): void {
  if (typeof wanted === "string" && wanted !== "") return;
  if (isPlainObject(wanted) && Object.keys(wanted).length > 0) return Object.values(wanted).forEach((inner) => checkState(inner, what));
  throw new ProcessError("CONFIG_INVALID", `${what} is ${wanted === "" ? "empty" : describeKind(wanted)}`, {
    hint: 'Write a state of the chart, such as "awaitingPayment" or { payment: "paid" }.',
  });
}
