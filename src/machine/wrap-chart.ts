import { type AnyStateMachine, type AnyStateNode, createMachine } from "xstate";
import type { ProcessDefinition } from "../definition/model/definition.ts";
import { readDelays } from "./chart-delays.ts";
import { machineEvents } from "./machine-events.ts";
import { neverSettles } from "./never-settles.ts";
import { descendantsOf } from "./reading/chart-nodes.ts";

type Config = Readonly<Record<string, unknown>>;

/** What belongs to a machine and has no place in one of its states. `id` and `types` are said anew. */
const machineKeys = ["id", "types", "schemas", "version", "options", "context", "output"];

/**
 * A process with a chart of its own as one machine for tools: the skeleton with the user's machine inside `started`. Ids and the names of
 * XState's events are those of the user's machine, so `#id` targets and invoked ids are what they were. Handlers are actions that do nothing,
 * delays such as `3d` last as long as they say, and what is invoked never settles, because only the runtime can settle a command.
 *
 * The runtime runs the user's machine as it is, and not this form of it. They differ in four things: a value is `{ started: … }` here, so
 * `stateIn` and `matches` by value find nothing, while by id they do; a state that takes `*` also takes the failure of a step and the timeout
 * of the process, which are outside of the chart for the runtime; a resumed instance enters the states anew in which it failed, while
 * for the runtime it never left them; and an event of the chart that comes while the instance is `failed` is not parked but ignored.
 */
export function wrapChart(skeleton: AnyStateMachine, { chart, timeout }: ProcessDefinition): AnyStateMachine {
  // `loadDomain` has reported whatever is not a machine of XState.
  const own = chart!.machine as AnyStateMachine;
  const config = own.config as Config;
  const outer = skeleton.config as Config & { readonly states: Readonly<Record<string, Config>> };
  const { started, completed, failed } = outer.states as Readonly<Record<"started" | "completed" | "failed", Config>>;
  const inside = keepIds(own.root);
  const resumed = findFreeKey(own, "resumed");
  const timeoutName = timeout === undefined ? undefined : findTimeoutName(own, timeout.text);
  const wrapped = {
    ...outer,
    description: String(outer.description).replace("completed by nothing", "completed by its chart"),
    ...pick(config, ["version", "options"]),
    context: config.context ?? {},
    output: config.output ?? passOutput,
    states: {
      ...outer.states,
      started: {
        ...omit(inside, machineKeys),
        id: own.id,
        description: config.description ?? started.description,
        tags: [started.tags, config.tags ?? []].flat(),
        on: { ...(config.on as Config), [machineEvents.failed]: (started.on as Config)[machineEvents.failed] },
        ...(timeoutName !== undefined && {
          after: { ...(config.after as Config), [timeoutName]: Object.values(started.after as Config)[0] },
        }),
        onDone: { target: "completed", description: "The chart has reached its final state." },
        ...(hasStates(own) && {
          states: { ...(inside.states as Config), [resumed]: { type: "history", history: "deep" } },
        }),
      },
      completed: { ...completed, description: "The chart has reached its final state.", output: passOutput },
      failed: {
        ...failed,
        on: {
          [machineEvents.resumed]: {
            ...((failed.on as Config)[machineEvents.resumed] as Config),
            target: hasStates(own) ? `started.${resumed}` : "started",
          },
        },
      },
    },
  };
  return createMachine(wrapped as Parameters<typeof createMachine>[0]).provide({
    // The machine is of types that nobody knows here, and so are its implementations.
    ...(own.implementations as object),
    delays: { ...readDelays(own), ...(timeoutName !== undefined && { [timeoutName]: timeout!.durationMs }) },
    actions: {
      ...skeleton.implementations.actions,
      ...own.implementations.actions,
      ...Object.fromEntries([...chart!.actions.keys()].map((name) => [name, () => {}])),
    },
    actors: Object.fromEntries(listInvoked(own).map((src) => [src, neverSettles])),
  });
}

/** The output of the final state that the chart has reached. */
function passOutput({ event }: { readonly event: { readonly output?: unknown } }): unknown {
  return event.output;
}

/** A state and those below it, each with the id that it has in the user's machine. */
function keepIds(node: AnyStateNode): Config {
  const states = Object.entries(node.states).map(([key, child]) => [key, keepIds(child)] as const);
  return { ...(node.config as Config), id: node.id, ...(states.length > 0 && { states: Object.fromEntries(states) }) };
}

/** The name of the process's timeout; another than usual where the chart uses that for a delay of its own. */
function findTimeoutName({ implementations, root }: AnyStateMachine, text: string): string {
  return text in implementations.delays || text in ((root.config.after as Config | undefined) ?? {}) ? `timeout of ${text}` : text;
}

function findFreeKey({ states }: AnyStateMachine, key: string): string {
  return key in states ? findFreeKey({ states } as AnyStateMachine, `${key}_`) : key;
}

function hasStates({ states }: AnyStateMachine): boolean {
  return Object.keys(states).length > 0;
}

function listInvoked({ root }: AnyStateMachine): readonly string[] {
  return [root, ...descendantsOf(root)].flatMap(({ invoke }) => invoke.flatMap(({ src }) => (typeof src === "string" ? [src] : [])));
}

function pick(config: Config, keys: readonly string[]): Config {
  return Object.fromEntries(Object.entries(config).filter(([key]) => keys.includes(key)));
}

function omit(config: Config, keys: readonly string[]): Config {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)));
}
