import type { AnyStateMachine } from "xstate";
import { isCamelCase, isKebabCase, kebabToCamel, pascalToKebab, toKebabCase } from "../../definition/model/names.ts";
import { isSameInOtherCase } from "../../platform/suggest.ts";
import type { ChartNode } from "./chart-nodes.ts";
import type { ChartReport } from "./problems.ts";

/** An action in one place of a chart. */
export interface ActionUse {
  readonly action: unknown;
  readonly place: string;
}

/** Every action of a chart with its place. After a named action that the machine itself says in XState's terms comes what it says. */
export function listActions(machine: AnyStateMachine, nodes: readonly ChartNode[]): readonly ActionUse[] {
  const uses = nodes.flatMap(({ node, place, transitions }) => [
    ...node.entry.map((action: unknown) => ({ action, place: `entry of ${place}` })),
    ...transitions.flatMap(({ transition, place: at }) => transition.actions.map((action: unknown) => ({ action, place: at }))),
    ...node.exit.map((action: unknown) => ({ action, place: `exit of ${place}` })),
  ]);
  return uses.flatMap((use) => {
    const name = nameOf(use.action);
    const implementation = name === undefined ? undefined : implementationOf(machine, name);
    return isBuilder(implementation) ? [use, { action: implementation, place: `${name}, ${use.place}` }] : [use];
  });
}

function nameOf(action: unknown): string | undefined {
  if (typeof action === "string") return action;
  return typeof action === "object" && action !== null && "type" in action ? String(action.type) : undefined;
}

function implementationOf(machine: AnyStateMachine, name: string): unknown {
  const implementations: Readonly<Record<string, unknown>> = machine.implementations.actions;
  return Object.hasOwn(implementations, name) ? implementations[name] : undefined;
}

/** The actions that XState makes itself, with their functions. */
export interface Builder {
  /** Such as `xstate.assign`. */
  readonly type: string;
  readonly [key: string]: unknown;
}

export function isBuilder(action: unknown): action is Builder {
  return typeof action === "function" && "resolve" in action && "type" in action;
}

const pure = new Set(["xstate.assign", "xstate.raise", "xstate.cancel", "xstate.enqueueActions", "xstate.log"]);

export interface ActionReading {
  readonly actions: readonly string[];
  readonly refusedActions: readonly string[];
}

/** The named actions that are handlers, and those that cannot be because the machine says itself what they do. */
export function readActions(machine: AnyStateMachine, uses: readonly ActionUse[], report: ChartReport): ActionReading {
  const actions = new Set<string>();
  const refused = new Set<string>();
  const readNamed = (name: string, place: string) => {
    const implementation = implementationOf(machine, name);
    if (isBuilder(implementation)) return;
    if (!doesNothing(implementation)) {
      refused.add(name);
      refuseImplementation(name, place, report);
    } else if (checkActionName(name, place, report)) actions.add(name);
    else refused.add(name);
  };
  for (const { action, place } of uses) {
    const name = nameOf(action);
    if (isBuilder(action)) checkBuilder(action, place, report);
    else if (name === undefined) refuseInline(action, place, report);
    else readNamed(name, place);
  }
  // What enqueueActions enqueues is known when it runs, so that it may be any action that setup names.
  if (uses.some(({ action }) => isBuilder(action) && action.type === "xstate.enqueueActions")) {
    for (const [name, implementation] of Object.entries(machine.implementations.actions as object)) {
      if (doesNothing(implementation)) readNamed(name, "setup");
    }
  }
  checkCapitals([...actions], report);
  return { actions: [...actions], refusedActions: [...refused] };
}

/** Whether a function has nothing in its body but comments, as the ones that stand in for a handler. */
export function doesNothing(implementation: unknown): boolean {
  if (implementation === undefined) return true;
  if (typeof implementation !== "function") return false;
  const text = Function.prototype.toString.call(implementation).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
  return /(?:=>|\))\s*\{\s*\}\s*$/.test(text);
}

/** The file of an action in the folder of its process, without the ending: `actions/send-reminder`, or `on-order-placed`. */
export function actionFile(name: string): string {
  return name.startsWith("on-") ? name : `actions/${pascalToKebab(name)}`;
}

const stub = "() => {}";

function checkBuilder({ type }: Builder, place: string, report: ChartReport): void {
  if (pure.has(type)) return;
  const name = type.replace("xstate.", "");
  const isChild = type === "xstate.spawnChild" || type === "xstate.stopChild";
  report.error(
    "MACHINE_CONSTRUCT_REFUSED",
    `${name} in ${place} reaches another actor, and no actor lives between two steps`,
    isChild
      ? 'Invoke the work in the state that needs it: invoke: { src: "reserveStock" }. Entering the state begins it, leaving the state ends it.'
      : `Name an action in its place, such as actions: "notifyWarehouse", and dispatch a command in its handler, actions/notify-warehouse.ts. An event for the same instance is raised: raise({ type: "StockReserved" }).`,
  );
}

function refuseImplementation(name: string, place: string, report: ChartReport): void {
  report.error(
    "MACHINE_CONSTRUCT_REFUSED",
    `the action ${name} (${place}) has an implementation, which would be lost in a crash and not repeated`,
    isActionName(name)
      ? `Write ${JSON.stringify(name)}: ${stub} in setup({ actions }), and move what it does into the handler of ${actionFile(name)}.ts.`
      : `Write ${stub} in its place in setup({ actions }), give it a name such as sendReminder, and move what it does into the handler of actions/send-reminder.ts.`,
  );
}

function refuseInline(action: unknown, place: string, report: ChartReport): void {
  const name = typeof action === "function" && isCamelCase(action.name) && action.name !== "actions" ? action.name : "sendReminder";
  report.error(
    "MACHINE_CONSTRUCT_REFUSED",
    typeof action === "function"
      ? `${place} has an action that is a function, which would be lost in a crash and not repeated`
      : `${place} has an action that is neither a name nor one of XState's`,
    `Name it, actions: "${name}", and move what it does into the handler of ${actionFile(name)}.ts. What changes the context is assign({ … }).`,
  );
}

function isActionName(name: string): boolean {
  return isCamelCase(name) || (/^on-[a-z]/.test(name) && isKebabCase(name));
}

function checkActionName(name: string, place: string, report: ChartReport): boolean {
  if (isActionName(name)) return true;
  const better = kebabToCamel(toKebabCase(name));
  report.error(
    "ACTION_NAME_INVALID",
    `${JSON.stringify(name)} (${place}) is not an action's name: these are camelCase such as sendReminder, or on-order-placed for the handler of an event`,
    better === ""
      ? "Give it a name that begins with a small letter."
      : `Rename it to ${better}; its handler is in ${actionFile(better)}.ts.`,
  );
  return false;
}

function checkCapitals(names: readonly string[], report: ChartReport): void {
  for (const [at, name] of names.entries()) {
    const twin = names.slice(0, at).find((other) => isSameInOtherCase(name, other));
    if (twin === undefined) continue;
    report.error(
      "ACTION_NAME_INVALID",
      `the actions ${twin} and ${name} differ in capitals only`,
      `Write one of the two names everywhere, or give ${name} another name.`,
    );
  }
}
