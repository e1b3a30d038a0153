import type { OwnAction, OwnState, OwnTransition } from "../machine/own-state.ts";
import { labelOwnTransition } from "./transition-label.ts";

/** The transitions of an own chart from one state to another, which are drawn as one arrow. Paths are those of the states. */
export interface OwnArrow {
  readonly source: string;
  readonly target: string;
  readonly transitions: readonly OwnTransition[];
}

/** The state and all below it, from the outside to the inside. */
export function listStates(state: OwnState): readonly OwnState[] {
  return [state, ...state.states.flatMap(listStates)];
}

/** Whether the state of the first path lies in that of the second. */
export function isWithin(path: string, outer: string): boolean {
  return path !== outer && (outer === "" || path.startsWith(`${outer}.`));
}

/** Whether a transition leaves its state as it is, or leads back to it. It is a line of the state's box then. */
export function isStaying({ targets }: OwnTransition, { path }: OwnState): boolean {
  return targets.every((target) => target === path);
}

/** The arrows that begin at a state. */
export function listArrows(state: OwnState): readonly OwnArrow[] {
  const byTarget = new Map<string, OwnTransition[]>();
  for (const transition of state.transitions) {
    if (isStaying(transition, state)) continue;
    for (const target of transition.targets) byTarget.set(target, [...(byTarget.get(target) ?? []), transition]);
  }
  return [...byTarget].map(([target, transitions]) => ({ source: state.path, target, transitions }));
}

/** What a state does without being left, in lines: `invoke chargeCard`, `entry / sendReminder`, `OrderPlaced / on-order-placed`. */
export function listDetails(state: OwnState): readonly string[] {
  const all = (when: string, actions: readonly OwnAction[]) =>
    actions.length === 0 ? [] : [`${when} / ${actions.map(({ name }) => name).join(", ")}`];
  return [
    ...state.invoked.map((name) => `invoke ${name}`),
    ...all("entry", state.entry),
    ...state.transitions.filter((each) => isStaying(each, state)).map(labelOwnTransition),
    ...all("exit", state.exit),
  ];
}

/** A name for each state, by its path, in letters, digits and `_`; no language has a word that begins with `in_`. */
export function nameStates(own: OwnState): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    listStates(own).map(({ path }) => {
      const plain = path === "" ? "started" : `in_${path.replace(/\W/g, "_")}`;
      let name = plain;
      for (let count = 2; taken.has(name); count += 1) name = `${plain}_${count}`;
      taken.add(name);
      return [path, name];
    }),
  );
}
