import type { AnyStateMachine } from "xstate";
import { findJsonProblem, isPlainObject } from "../../platform/json.ts";
import { describeValue } from "../../definition/report/report.ts";
import type { ChartNode } from "./chart-nodes.ts";
import type { ChartReport } from "./problems.ts";
import { type ActionUse, isBuilder } from "./read-actions.ts";

/** Refuses a context that cannot be stored. What a function makes of it is looked at when an instance begins. */
export function checkContext(machine: AnyStateMachine, report: ChartReport): void {
  const context: unknown = machine.config.context;
  if (context === undefined || typeof context === "function") return;
  const problem = isPlainObject(context)
    ? findJsonProblem(context, "context", Number.MAX_SAFE_INTEGER)
    : `context is ${describeValue(context)}, and not an object of keys`;
  if (problem === undefined) return;
  report.error(
    "MACHINE_CONSTRUCT_REFUSED",
    `the context is stored as JSON, but ${problem}`,
    "Keep texts, numbers, true, false, null, lists and plain objects in it.",
  );
}

/** The keys of a context that is written in the machine; `undefined` if a function makes it. */
export function listContextKeys(machine: AnyStateMachine): readonly string[] | undefined {
  const context: unknown = machine.config.context ?? {};
  return isPlainObject(context) ? Object.keys(context) : undefined;
}

/** Refuses `spawn` where a context is made or changed: an actor cannot be stored. */
export function checkSpawns(machine: AnyStateMachine, uses: readonly ActionUse[], report: ChartReport): void {
  const makers = [
    { given: machine.config.context as unknown, place: "the context" },
    ...uses.flatMap(({ action, place }) =>
      isBuilder(action) && action.type === "xstate.assign" ? [{ given: action.assignment, place: `assign in ${place}` }] : [],
    ),
  ];
  for (const { given, place } of makers) {
    const parts = typeof given === "function" ? [given] : Object.values(given ?? {});
    if (!parts.some(callsSpawn)) continue;
    report.error(
      "MACHINE_CONSTRUCT_REFUSED",
      `${place} calls spawn, and an actor cannot be stored with the instance`,
      'Invoke the work in a state, invoke: { src: "reserveStock" }; several at once are the states of a parallel one.',
    );
  }
}

// What a function will do is not known; that it takes XState's spawn out of its argument is.
function callsSpawn(part: unknown): boolean {
  if (typeof part !== "function") return false;
  const text = Function.prototype.toString.call(part).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
  const [, parameters = ""] = /^[^(=]*\(([^)]*)\)/.exec(text) ?? [];
  return /\bspawn\b/.test(parameters) || /\.spawn\s*\(/.test(text);
}

/** Refuses guards that nothing defines: XState throws when it comes to one. */
export function checkGuards(machine: AnyStateMachine, nodes: readonly ChartNode[], report: ChartReport): void {
  const guards: Readonly<Record<string, unknown>> = machine.implementations.guards;
  const check = (guard: unknown, place: string): void => {
    if (typeof guard === "function") {
      const parts: unknown = "guards" in guard ? guard.guards : [];
      if (Array.isArray(parts)) for (const part of parts) check(part, place);
      return;
    }
    const name = typeof guard === "object" && guard !== null && "type" in guard ? guard.type : guard;
    if (typeof name !== "string" || Object.hasOwn(guards, name)) return;
    report.error(
      "MACHINE_CONSTRUCT_REFUSED",
      `${place} has the guard ${name}, and nothing says what it asks`,
      `Say it in setup({ guards: { ${name}: ({ context, event }) => … } }).`,
    );
  };
  for (const { transitions } of nodes) for (const { transition, place } of transitions) check(transition.guard, place);
}
