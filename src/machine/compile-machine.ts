import { type AnyStateMachine, setup } from "xstate";
import { type CompleteWhen, type HandlerDefinition, listEventTypes, type ProcessDefinition } from "../definition/model/definition.ts";
import { isPascalCase } from "../definition/model/names.ts";
import { refusePromises } from "../platform/promises.ts";
import { machineEvents } from "./machine-events.ts";
import { createMeta, type MachineMeta } from "./machine-meta.ts";
import { wrapChart } from "./wrap-chart.ts";

/**
 * The XState machine of a definition. A process with a chart of its own has that inside `started`; see `wrapChart`. Any other is the
 * skeleton; see `compileSkeleton`.
 */
export function compileMachine(
  definition: ProcessDefinition,
  options: { readonly retry?: Readonly<Record<string, unknown>> } = {},
): AnyStateMachine {
  const skeleton = compileSkeleton(definition, options);
  return definition.chart === undefined ? skeleton : wrapChart(skeleton, definition);
}

/**
 * The states that every process has: `started` (initial), `completed` and `timed_out` (final), and `failed`, from which
 * an operator can resume it. Handlers are named actions without an implementation that does anything, the timeout is a
 * delayed transition whose delay is named as the user wrote it. Its context is that of a new instance, and `completeWhen` is a
 * guard on a transition that is looked at after each event.
 *
 * It runs as it is in `createActor`, in `SimulatedClock`, in `xstate/graph` and in Stately's tools. To see the handlers
 * run in a unit test, give them implementations: `machine.provide({ actions: { "on-order-placed": () => … } })`.
 */
export function compileSkeleton(
  definition: ProcessDefinition,
  options: { readonly retry?: Readonly<Record<string, unknown>> } = {},
): AnyStateMachine {
  const { process, timeout, handlers, timedOut, failed, completedBy, outcomes, context, completeWhen } = definition;
  const named = [...handlers.values(), timedOut, failed].filter((handler) => handler !== undefined);

  return setup({
    types: { meta: {} as MachineMeta | { readonly file: string | undefined; readonly outcome?: string } },
    actions: Object.fromEntries(named.map(({ name }) => [name, () => {}])),
    delays: timeout === undefined ? {} : { [timeout.text]: timeout.durationMs },
    guards: { ...(completeWhen !== undefined && { completeWhen: guardOf(completeWhen) }) },
  }).createMachine({
    id: process,
    description: `Started by ${listNames(definition.startedBy)}; completed by ${listNames(completedBy, completeWhen)}.`,
    context: JSON.parse(context?.initial ?? "{}"),
    meta: createMeta(definition, options.retry),
    initial: "started",
    states: {
      started: {
        description: "The instance handles its events.",
        tags: ["open"],
        on: {
          ...Object.fromEntries(
            listEventTypes(definition).map((type) => [
              type,
              { ...(completedBy.includes(type) && { target: "completed" }), ...describeHandler(handlers.get(type), outcomes.get(type)) },
            ]),
          ),
          [machineEvents.failed]: { target: "failed", description: "A step is out of attempts." },
        },
        ...(completeWhen !== undefined && {
          always: { target: "completed", guard: "completeWhen", description: "The context says that all is done." },
        }),
        ...(timeout !== undefined && {
          after: { [timeout.text]: { target: "timed_out", description: `Not completed within ${timeout.text}.` } },
        }),
      },
      completed: { type: "final", description: "A completing event was handled.", tags: ["ended"] },
      timed_out: {
        type: "final",
        description: timedOut?.description ?? "The timeout came due first.",
        tags: ["ended"],
        ...entryOf(timedOut),
      },
      failed: {
        description: failed?.description ?? "A step failed for good: its dead letter waits for an operator, later events are parked.",
        tags: ["open", "parked"],
        on: { [machineEvents.resumed]: { target: "started", description: "An operator retries the dead letter." } },
        ...entryOf(failed),
      },
    },
  });
}

/** Whether its instances may be completed by what they remember. */
export function hasCompleteWhen(machine: AnyStateMachine): boolean {
  return (machine.states.started?.always?.length ?? 0) > 0;
}

/** It is asked after an event of the domain: not when an instance begins, which is before its first event, nor when one is resumed. */
function guardOf(completeWhen: CompleteWhen) {
  return ({ context, event }: { readonly context: unknown; readonly event: { readonly type: string } }) =>
    isPascalCase(event.type) && refusePromises(completeWhen({ context }), "completeWhen") === true;
}

function describeHandler(handler: HandlerDefinition | undefined, outcome: string | undefined) {
  if (handler === undefined) return outcome === undefined ? {} : { meta: { file: undefined, outcome } };
  return {
    actions: [{ type: handler.name }],
    ...(handler.description !== undefined && { description: handler.description }),
    meta: { file: handler.file, ...(outcome !== undefined && { outcome }) },
  };
}

function entryOf(handler: HandlerDefinition | undefined) {
  return handler === undefined ? {} : { entry: [{ type: handler.name }], meta: { file: handler.file } };
}

function listNames(types: readonly string[], completeWhen?: CompleteWhen): string {
  const ways = completeWhen === undefined ? types : [...types, "completeWhen"];
  return ways.length === 0 ? "nothing" : ways.join(" or ");
}
