import type { AnyStateMachine } from "xstate";
import { describeValue } from "../../definition/report/report.ts";
import { dropPromise } from "../../platform/promises.ts";

type Recognised = { readonly machine: AnyStateMachine } | { readonly reason: string; readonly fix: string };

const create = 'setup({ … }).createMachine({ initial: "waiting", states: { … } })';

/** Whether `given` is a machine of XState 5, and if not, what it is instead. */
export function recogniseMachine(given: unknown): Recognised {
  if (isMachine(given)) return { machine: given };
  const has = (key: string) => ((typeof given === "object" && given !== null) || typeof given === "function") && key in given;
  if (has("__xstatenode")) {
    return refuse("machine is a machine of an older XState", `Write it for XState 5: export const machine = ${create}.`);
  }
  if (dropPromise(given)) return refuse("machine is a promise", `Await it, or make the machine at once: export const machine = ${create}.`);
  if (has("logic") && has("send")) {
    return refuse("machine is an actor, which is one run of a machine", "Export what was given to createActor.");
  }
  if (has("createMachine")) return refuse("machine is what setup returns", `Call createMachine on it: export const machine = ${create}.`);
  if (has("transition") && has("getInitialSnapshot")) {
    return refuse(
      "machine is actor logic of another kind, such as fromPromise makes",
      `Export a machine: export const machine = ${create}.`,
    );
  }
  if (has("states") || has("initial") || has("on")) {
    return refuse("machine is a plain object, the config of a machine", "Give it to XState: export const machine = createMachine({ … }).");
  }
  return refuse(`machine has to be a machine of XState 5, but is ${describeValue(given)}`, `Write export const machine = ${create}.`);
}

function refuse(reason: string, fix: string): Recognised {
  return { reason, fix };
}

// The program may have another copy of XState than Perdure, so the shape decides, and not the class.
function isMachine(given: unknown): given is AnyStateMachine {
  if (typeof given !== "object" || given === null || !("root" in given) || !("implementations" in given)) return false;
  const { root } = given;
  return "__xstatenode" in given && typeof root === "object" && root !== null && "transitions" in root && root.transitions instanceof Map;
}
