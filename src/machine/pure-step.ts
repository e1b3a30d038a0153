import { type AnyMachineSnapshot, type AnyStateMachine, createActor, type EventObject } from "xstate";
import { createInertScope } from "./inert-scope.ts";
import { type MachineAction, readAction } from "./machine-action.ts";

/** The next snapshot and the actions as data; nothing is executed. */
export type PureStep = (snapshot: AnyMachineSnapshot, event: EventObject) => readonly [AnyMachineSnapshot, readonly MachineAction[]];

/** XState's `transition()`, with the scope built once. A test holds the two against each other. */
export function createPureStep(machine: AnyStateMachine): PureStep {
  let actions: MachineAction[] = [];
  const implementations: Readonly<Record<string, unknown>> = machine.implementations.actions;
  // XState names an inline function's action after the function, so its name alone does not tell it from a named one.
  const isInline = ({ type, exec }: { readonly type: string; readonly exec?: unknown }) =>
    exec !== undefined && !type.startsWith("xstate.") && implementations[type] === undefined;
  const scope = createInertScope((action) => actions.push(readAction(action, isInline(action))), createActor(machine));

  return (snapshot, event) => {
    actions = [];
    const next = machine.transition(snapshot, event, scope) as AnyMachineSnapshot;
    if (next.status === "error") throw next.error;
    return [next, actions];
  };
}
