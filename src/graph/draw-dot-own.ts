import type { OwnState } from "../machine/own-state.ts";
import { escapeDot, joinDotLines } from "./dot-text.ts";
import { isWithin, listArrows, listDetails, listStates, nameStates, type OwnArrow } from "./own-states.ts";
import { labelOwnTransition } from "./transition-label.ts";

/** What a state that an instance is in has, as a node or as a cluster. */
export const dotHighlight = ['class="highlight"', 'fillcolor="#ddf4ff"', 'color="#0969da"', "penwidth=3"];

/** An arrow that begins or ends at the edge of the cluster `started`. The graph has to be `compound`. */
export const dotTail = "ltail=cluster_started";
export const dotHead = "lhead=cluster_started";

interface Drawing {
  readonly names: ReadonlyMap<string, string>;
  readonly states: ReadonlyMap<string, OwnState>;
  readonly lit: ReadonlySet<string>;
}

/**
 * An own chart in the language of Graphviz. A state that has others in it is a cluster, and so is `started`, the outermost. Graphviz joins
 * nodes alone and cuts the arrow at the edge of a cluster, so each cluster has a node of its own: what the state does without being left.
 */
export function drawOwnDot(own: OwnState, lit: ReadonlySet<string>, isHighlighted: boolean): readonly string[] {
  const states = listStates(own);
  const drawing = {
    names: nameStates(own),
    states: new Map(states.map((state) => [state.path, state])),
    lit: isHighlighted ? new Set([...lit, own.path]) : lit,
  };
  return [...drawCluster(own, drawing), ...states.flatMap(listArrows).map((arrow) => drawArrow(arrow, drawing))];
}

function drawState(state: OwnState, drawing: Drawing): readonly string[] {
  return state.states.length > 0 ? drawCluster(state, drawing) : [drawNode(state, drawing)];
}

function drawCluster(state: OwnState, drawing: Drawing): readonly string[] {
  const name = drawing.names.get(state.path)!;
  const details = listDetails(state);
  const initial = state.states.find(({ isInitial }) => isInitial);
  const lines = [
    `label="${escapeDot(state.path === "" ? "started" : state.name)}"`,
    `style="${state.kind === "parallel" ? "rounded,dashed" : "rounded"}"`,
    ...(drawing.lit.has(state.path) ? dotHighlight : ['color="#59636e"', "penwidth=1"]),
    `${name} [${details.length === 0 ? 'shape=point, style=invis, label=""' : `shape=plaintext, style="", label="${joinDotLines(details)}"`}]`,
    ...(initial === undefined
      ? []
      : [
          `${name}_initial [shape=point, width=0.1, label=""]`,
          joinNodes(`${name}_initial`, drawing.names.get(initial.path)!, findCuts([], [initial], drawing)),
        ]),
    ...state.states.flatMap((child) => drawState(child, drawing)),
  ];
  return [`subgraph cluster_${name} {`, ...lines.map((line) => `  ${line}`), "}"];
}

function drawNode(state: OwnState, { names, lit }: Drawing): string {
  const details = listDetails(state);
  const isHistory = state.kind === "history" || state.kind === "deep history";
  const attributes = [
    isHistory
      ? `shape=circle, label="${state.kind === "history" ? "H" : "H*"}"`
      : `label="${escapeDot(state.name)}\\n${details.length === 0 ? "" : `\\n${joinDotLines(details)}`}"`,
    ...(state.description === undefined ? [] : [`tooltip="${escapeDot(state.description)}"`]),
    ...(state.kind === "final" ? ["peripheries=2"] : []),
    ...(lit.has(state.path) ? dotHighlight : []),
  ];
  return `${names.get(state.path)!} [${attributes.join(", ")}]`;
}

function drawArrow({ source, target, transitions }: OwnArrow, drawing: Drawing): string {
  const { names, states } = drawing;
  const [from, to] = [states.get(source)!, states.get(target)!];
  // Where a history leads by default needs no words.
  const isDefault = from.kind === "history" || from.kind === "deep history";
  // An arrow between a state and one that lies in it is not cut at the outer one's edge.
  const cuts = findCuts(isWithin(target, source) ? [] : [from], isWithin(source, target) ? [] : [to], drawing);
  return joinNodes(names.get(source)!, names.get(target)!, [
    ...(isDefault ? [] : [`label="${joinDotLines(transitions.map(labelOwnTransition))}"`]),
    ...cuts,
  ]);
}

/** Where an arrow is cut: at the edges of its ends that are clusters. */
function findCuts(tails: readonly OwnState[], heads: readonly OwnState[], { names }: Drawing): readonly string[] {
  const cut = (side: string, states: readonly OwnState[]) =>
    states.filter((state) => state.states.length > 0).map(({ path }) => `${side}=cluster_${names.get(path)!}`);
  return [...cut("ltail", tails), ...cut("lhead", heads)];
}

function joinNodes(source: string, target: string, attributes: readonly string[]): string {
  return `${source} -> ${target}${attributes.length === 0 ? "" : ` [${attributes.join(", ")}]`}`;
}
