import { listEventTypes, type ProcessDefinition } from "../../definition/model/definition.ts";

/** The state that an instance is in until it is completed, and the final state of a completing event that gives no outcome. */
const OPEN = "open";
const COMPLETED = "completed";

/** What a process does without a chart of its own, as the text of its `machine.ts`. */
export function ejectMachine(definition: ProcessDefinition): string {
  const { process, name, handlers, completedBy, outcomes } = definition;
  const actions = [...handlers.values()].map((handler) => handler.name);
  const finals = new Map(completedBy.map((type) => [type, outcomes.get(type) ?? COMPLETED]));
  const names = [...new Set(finals.values())];
  const open = findFree(OPEN, names);
  const transitions = listEventTypes(definition).map((type) => {
    const [handler, final] = [handlers.get(type), finals.get(type)];
    const parts = [
      ...(final === undefined ? [] : [`target: ${JSON.stringify(final)}`]),
      ...(handler === undefined ? [] : [`actions: ${JSON.stringify(handler.name)}`]),
    ];
    return `${writeKey(type)}: {${parts.length === 0 ? "" : ` ${parts.join(", ")} `}},`;
  });
  return [
    'import { setup } from "xstate";',
    "",
    "/**",
    ` * The chart of ${process}: what an instance does while it is \`started\`. The actions do nothing here. Each is handled by the file of its`,
    " * name. A final state completes the instance, and its name is the outcome.",
    " */",
    ...(actions.length === 0
      ? ["export const machine = setup({}).createMachine({"]
      : [
          "export const machine = setup({",
          "  actions: {",
          ...actions.map((action) => `    ${writeKey(action)}: () => {},`),
          "  },",
          "}).createMachine({",
        ]),
    `  id: ${JSON.stringify(name)},`,
    `  initial: ${JSON.stringify(open)},`,
    "  states: {",
    `    ${writeKey(open)}: {`,
    "      on: {",
    ...transitions.map((line) => `        ${line}`),
    "      },",
    "    },",
    ...names.map((final) => `    ${writeKey(final)}: { type: "final" },`),
    "  },",
    "});",
    "",
  ].join("\n");
}

/** Why the chart of a process cannot say what the process does; `undefined`: it can. */
export function findObstacle({ chart, source, context, completeWhen }: ProcessDefinition): Obstacle | undefined {
  if (chart !== undefined) return { reason: "it has a chart of its own already", hint: `Edit ${chart.file ?? "its machine"}.` };
  if (source.startsWith("defineProcess(")) {
    return {
      reason: "it is defined in code, and not by a folder",
      hint: "Give `defineProcess` a `machine` and `actions` in place of `on`.",
    };
  }
  const knows = [...(context === undefined ? [] : ["a context"]), ...(completeWhen === undefined ? [] : ["completeWhen"])];
  if (knows.length === 0) return undefined;
  return {
    reason: `it has ${knows.join(" and ")}, which handlers change, while the context of a chart is changed by assign alone`,
    hint: "Write machine.ts by hand: the context, an `assign` for what each handler returns, and a guard for `completeWhen`.",
  };
}

export interface Obstacle {
  readonly reason: string;
  readonly hint: string;
}

/**
 * The text of a process's config without `completedBy`, which is the chart's to say; `undefined` if it is not certain where that begins and
 * ends. Certain is a property on lines of its own, whose value is a list or an object of plain names and texts.
 */
export function withoutCompletedBy(config: string): string | undefined {
  if (config.split("completedBy").length !== 2) return undefined;
  const property = /^[ \t]*completedBy: (?:\[[\w.,\s"']*\]|\{[\w.,:\s"'[\]-]*\}),?[ \t]*\r?\n/m;
  return property.test(config) ? config.replace(property, "") : undefined;
}

function writeKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

function findFree(name: string, taken: readonly string[]): string {
  return taken.includes(name) ? findFree(`${name}_`, taken) : name;
}
