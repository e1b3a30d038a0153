import { type Domain, listEventTypes, type ProcessDefinition } from "../../definition/model/definition.ts";
import type { PolicyDefinition } from "../../definition/model/policy.ts";
import type { Schedule } from "../../definition/model/schedule.ts";
import { findDispatched, findEventTypes } from "./names-in-code.ts";
import { type DomainCode, listHandlers } from "./read-code.ts";

/** A domain as plain data: who reacts to what, and what comes of that. */
export interface DomainMap {
  /** In the order of their kinds, and of their names. */
  readonly nodes: readonly MapNode[];
  /** In the order of the nodes that they begin at, and end at. */
  readonly arrows: readonly MapArrow[];
}

export const nodeKinds = ["schedule", "event", "process", "policy", "command"] as const;

export type NodeKind = (typeof nodeKinds)[number];

export interface MapNode {
  readonly kind: NodeKind;
  /** A process, a policy and a schedule have their aggregate in it: `order/order-lifecycle`. */
  readonly name: string;
  /** When, in the words of the definition: a schedule's moments, a policy's delay, a process's timeout. */
  readonly note: string | undefined;
  /** What its author says of it. */
  readonly description: string | undefined;
}

export interface MapArrow {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly how: readonly ArrowVerb[];
  /** Whether it was found in code, and is not what a definition says. */
  readonly isFound: boolean;
  /** The handlers in whose code it was found; empty for what a definition says. */
  readonly by: readonly string[];
}

export type NodeId = Pick<MapNode, "kind" | "name">;

/**
 * `starts`, `completes`, `reaches`: an event does, a process or a policy. `invokes`: a chart does, a command or another process. `returns`:
 * a command does, an event.
 */
export type ArrowVerb = "starts" | "completes" | "reaches" | "dispatches" | "invokes" | "returns";

/** The map of a domain, with what its code says. */
export function createDomainMap(domain: Domain, code: DomainCode): DomainMap {
  const reactions = domain.definitions.flatMap(listReactions);
  const policyReactions = [...domain.policies.values()].map(listPolicyReaction);
  const scheduled = [...domain.schedules.values()].flatMap(listScheduled);
  const said = [...reactions, ...policyReactions, ...scheduled].filter(({ from, to }) => from.kind === "event" || to.kind === "event");
  const types = new Set([...domain.events.keys(), ...said.map(({ from, to }) => (from.kind === "event" ? from.name : to.name))]);
  const arrows = [...reactions, ...policyReactions, ...scheduled, ...listFound(domain, code, types)];
  const dispatched = arrows.filter(({ to }) => to.kind === "command").map(({ to }) => to.name);
  const nodes = [
    ...[...domain.schedules.values()].map(toScheduleNode),
    ...[...types].map((name) => toNode("event", name)),
    ...domain.definitions.map(toProcessNode),
    ...[...domain.policies.values()].map(toPolicyNode),
    ...[...new Set([...domain.commands.keys(), ...dispatched])].map((name) => toNode("command", name)),
  ].toSorted(compareNodes);
  const isThere = new Set(nodes.map(idOf));
  return { nodes, arrows: arrows.filter(({ from, to }) => isThere.has(idOf(from)) && isThere.has(idOf(to))).toSorted(compareArrows) };
}

/** What names a node in a text. */
export function idOf({ kind, name }: NodeId): string {
  return `${kind} ${name}`;
}

/** What stands at an arrow: nothing where its nodes say it. */
export function labelArrow({ how }: MapArrow): string {
  return how.filter((verb) => verb === "starts" || verb === "completes").join(", ");
}

/** An arrow in words: `OrderPlaced starts order/order-lifecycle`, `order/order-lifecycle dispatches packOrder (on-order-placed)`. */
export function describeArrow({ from, to, how, by }: MapArrow): string {
  return `${from.name} ${how.join(" and ")} ${to.name}${by.length === 0 ? "" : ` (${by.join(", ")})`}`;
}

/** What the arrows of a map mean, for its reader. */
export const mapLegend = "Solid arrows are what definitions say. Dashed ones are names that were found in the code of handlers.";

function listReactions(definition: ProcessDefinition): readonly MapArrow[] {
  const { startedBy, completedBy, chart } = definition;
  const to = { kind: "process", name: definition.process } as const;
  const events = listEventTypes(definition).map((name): MapArrow => {
    const ends = [startedBy.includes(name) && "starts", completedBy.includes(name) && "completes"] as const;
    const how = ends.filter((verb) => verb !== false);
    return { from: { kind: "event", name }, to, how: how.length === 0 ? ["reaches"] : how, isFound: false, by: [] };
  });
  const invoked = (chart?.invoked ?? []).map((name): MapArrow => {
    const kind = name.includes("/") ? "process" : "command";
    return { from: to, to: { kind, name }, how: ["invokes"], isFound: false, by: [] };
  });
  return [...events, ...invoked];
}

function listPolicyReaction({ policy, on }: PolicyDefinition): MapArrow {
  return { from: { kind: "event", name: on }, to: { kind: "policy", name: policy }, how: ["reaches"], isFound: false, by: [] };
}

/** The event of a schedule that does not make it by a function. */
function listScheduled({ schedule, event }: Schedule): readonly MapArrow[] {
  if (event === undefined || typeof event === "function") return [];
  const from = { kind: "schedule", name: schedule } as const;
  return [{ from, to: { kind: "event", name: event.type }, how: ["dispatches"], isFound: false, by: [] }];
}

/** What is found in code. A command that the domain does not have cannot be dispatched, unless one function handles all there may be. */
function listFound({ definitions, policies, commands, schedules }: Domain, code: DomainCode, types: ReadonlySet<string>): MapArrow[] {
  const isCommand = (name: string) => commands.size === 0 || commands.has(name);
  const found: MapArrow[] = [];
  for (const definition of definitions) {
    const by = new Map<string, string[]>();
    for (const handler of listHandlers(definition)) {
      for (const name of findDispatched(code.of(handler)).filter(isCommand)) by.set(name, [...(by.get(name) ?? []), handler.name]);
    }
    const from = { kind: "process", name: definition.process } as const;
    for (const [name, handlers] of by) {
      found.push({ from, to: { kind: "command", name }, how: ["dispatches"], isFound: true, by: [...new Set(handlers)] });
    }
  }
  for (const { policy, run, source } of policies.values()) {
    for (const name of findDispatched(code.of({ run, file: source })).filter(isCommand)) {
      found.push({ from: { kind: "policy", name: policy }, to: { kind: "command", name }, how: ["dispatches"], isFound: true, by: [] });
    }
  }
  for (const { name, run, source } of commands.values()) {
    for (const type of findEventTypes(code.of({ run, file: source }), types)) {
      found.push({ from: { kind: "command", name }, to: { kind: "event", name: type }, how: ["returns"], isFound: true, by: [] });
    }
  }
  for (const { schedule, event, source } of schedules.values()) {
    if (typeof event !== "function") continue;
    for (const type of findEventTypes(code.of({ run: event, file: source }), types)) {
      found.push({
        from: { kind: "schedule", name: schedule },
        to: { kind: "event", name: type },
        how: ["dispatches"],
        isFound: true,
        by: [],
      });
    }
  }
  return found;
}

function toNode(kind: NodeKind, name: string, note?: string, description?: string): MapNode {
  return { kind, name, note, description };
}

function toProcessNode({ process, timeout }: ProcessDefinition): MapNode {
  return toNode("process", process, timeout === undefined ? undefined : `times out after ${timeout.text}`);
}

function toPolicyNode({ policy, delay, description }: PolicyDefinition): MapNode {
  return toNode("policy", policy, delay === undefined ? undefined : `after ${delay.text}`, description);
}

function toScheduleNode({ schedule, cron, timeZone }: Schedule): MapNode {
  return toNode("schedule", schedule, `${cron} in ${timeZone}`);
}

function compareNodes(one: NodeId, other: NodeId): number {
  return nodeKinds.indexOf(one.kind) - nodeKinds.indexOf(other.kind) || compareTexts(one.name, other.name);
}

function compareArrows(one: MapArrow, other: MapArrow): number {
  return compareNodes(one.from, other.from) || compareNodes(one.to, other.to) || Number(one.isFound) - Number(other.isFound);
}

// Not as a language orders its words, so that the order is the same everywhere.
function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
