import type { ChartStatus } from "../definition/model/instance.ts";
import type { Chart, ChartTransition } from "../machine/chart.ts";

/** The transitions from one state to another, which are drawn as one arrow. */
export interface Arrow {
  readonly source: ChartStatus;
  readonly target: ChartStatus;
  readonly transitions: readonly ChartTransition[];
}

/** The transitions that change the state, by the states they join. */
export function groupTransitions({ transitions }: Chart): readonly Arrow[] {
  const arrows = new Map<string, { source: ChartStatus; target: ChartStatus; transitions: ChartTransition[] }>();
  for (const transition of transitions) {
    const { source, target } = transition;
    if (target === undefined) continue;
    const key = `${source} ${target}`;
    const arrow = arrows.get(key) ?? { source, target, transitions: [] };
    arrow.transitions.push(transition);
    arrows.set(key, arrow);
  }
  return [...arrows.values()];
}

/** The transitions of a state that leave it as it is: they are listed in its box. */
export function listStaying({ transitions }: Chart, source: ChartStatus): readonly ChartTransition[] {
  return transitions.filter((transition) => transition.source === source && transition.target === undefined);
}
