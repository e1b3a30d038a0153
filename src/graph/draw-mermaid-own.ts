import type { OwnState } from "../machine/own-state.ts";
import { escapeMermaid } from "./mermaid-text.ts";
import { isWithin, listArrows, listDetails, listStates, nameStates, type OwnArrow } from "./own-states.ts";
import { labelOwnTransition } from "./transition-label.ts";

/** The parts of a diagram that show an own chart. */
export interface OwnMermaid {
  /** What stands in the box `started`. */
  readonly inside: readonly string[];
  /** Arrows from box to box: Mermaid takes a state for a part of the box in which it is last mentioned, unless that is none. */
  readonly after: readonly string[];
}

/**
 * An own chart in Mermaid's words. Not every version of Mermaid draws an arrow between a state and one that lies in it: one to the inside
 * begins at a box `in any of these`, and one to the outside is a line of the state's box.
 */
export function drawOwnMermaid(own: OwnState, lit: ReadonlySet<string>): OwnMermaid {
  const names = nameStates(own);
  const states = listStates(own);
  const kinds = new Map(states.map(({ path, kind }) => [path, kind]));
  const arrows = states.flatMap(listArrows).filter(({ source, target }) => !isWithin(source, target));
  const leaves = states.filter(({ path, states }) => lit.has(path) && states.length === 0).map(({ path }) => names.get(path)!);
  const drawArrow = ({ source, target, transitions }: OwnArrow) => {
    const from = isWithin(target, source) ? nameAny(names.get(source)!) : names.get(source)!;
    const labels = transitions.map((each) => escapeMermaid(labelOwnTransition(each))).join("<br/>");
    return `${from} --> ${names.get(target)!}${kinds.get(source)!.endsWith("history") ? "" : `: ${labels}`}`;
  };
  return {
    inside: drawInside(own, names),
    after: [...arrows.map(drawArrow), ...(leaves.length === 0 ? [] : [`class ${leaves.join(",")} highlight`])],
  };
}

function drawState(state: OwnState, names: ReadonlyMap<string, string>): readonly string[] {
  const name = names.get(state.path)!;
  if (state.kind === "history" || state.kind === "deep history") return [`state "${state.kind === "history" ? "H" : "H*"}" as ${name}`];
  const title = `state "${escapeMermaid(state.name)}" as ${name}`;
  if (state.states.length > 0) return [`${title} {`, ...drawInside(state, names).map((line) => `  ${line}`), "}"];
  return [
    title,
    ...(state.description === undefined ? [] : [`${name}: ${escapeMermaid(state.description)}`]),
    ...listLines(state).map((line) => `${name}: ${escapeMermaid(line)}`),
    ...(state.kind === "final" ? [`${name} --> [*]`] : []),
  ];
}

function drawInside(state: OwnState, names: ReadonlyMap<string, string>): readonly string[] {
  const any = nameAny(names.get(state.path)!);
  const lines = listLines(state).map((line) => `${any}: ${escapeMermaid(line)}`);
  const leadsInside = listArrows(state).some(({ target }) => isWithin(target, state.path));
  const anyBox = lines.length === 0 && !leadsInside ? [] : [`state "in any of these" as ${any}`, ...lines];
  const initial = state.kind === "compound" ? state.states.find(({ isInitial }) => isInitial) : undefined;
  const parts = [
    ...(anyBox.length === 0 ? [] : [anyBox]),
    ...state.states.map((child) => drawState(child, names)),
    ...(initial === undefined ? [] : [[`[*] --> ${names.get(initial.path)!}`]]),
  ];
  return parts.flatMap((part, index) => (state.kind === "parallel" && index > 0 ? ["--", ...part] : part));
}

/** What the state does without being left, and what leads out of it to a state that it lies in. */
function listLines(state: OwnState): readonly string[] {
  const outwards = listArrows(state).filter(({ source, target }) => isWithin(source, target));
  return [
    ...listDetails(state),
    ...outwards.flatMap(({ target, transitions }) =>
      transitions.map((each) => `${labelOwnTransition(each)}, then ${target === "" ? "started" : target}`),
    ),
  ];
}

function nameAny(name: string): string {
  return `${name}_any`;
}
