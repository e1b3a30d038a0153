import type {
  ActorRefLike,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  InspectedActorEvent,
  InspectedEventEvent,
  InspectedSnapshotEvent,
  InspectionEvent,
  Observer,
} from "xstate";
import type { StateValue, Status } from "../definition/model/instance.ts";

/** What XState's `createActor` takes as `inspect`: a function, or an observer such as the `inspect` of Stately's inspectors. */
export type Inspect = Observer<InspectionEvent> | ((event: InspectionEvent) => void);

/** Of XState's inspection events, those that an instance gives. */
export type InstanceInspection = (InspectedActorEvent | InspectedEventEvent | InspectedSnapshotEvent) & {
  readonly actorRef: InspectedActor;
};

/**
 * An instance as inspectors read an actor: `id` is its title, `logic` its machine. It stands for one moment, because no actor is
 * kept in memory for an instance: `sessionId` says which refs are of the same instance.
 */
export interface InspectedActor extends ActorRefLike {
  readonly id: string;
  readonly logic: AnyStateMachine;
  readonly _parent: undefined;
}

export function createInspectedActor(
  machine: AnyStateMachine,
  { sessionId, title }: { readonly sessionId: string; readonly title: string },
  snapshot: AnyMachineSnapshot,
): InspectedActor {
  return {
    sessionId,
    id: title,
    logic: machine,
    _parent: undefined,
    getSnapshot: () => snapshot,
    send: () => {
      throw new Error(`${sessionId} is only shown here; send its events with system.dispatch`);
    },
  };
}

/** An instance at one moment. */
export interface InspectedState {
  readonly status: Status;
  /** Where it stands in its process's own chart; `undefined` without one. */
  readonly state?: StateValue | undefined;
  readonly isEnded: boolean;
  /** What the instance remembers; empty if its process has no context. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** What XState has no place for: it is a property `instance` of the snapshot, and the input of the actor. */
export interface InspectedFacts {
  readonly processId: string;
  readonly aggregateId: string;
  readonly startedAt: Date;
  /** Until the end. */
  readonly dueAt?: Date;
}

/**
 * The machine's snapshot of an instance. A state that the machine does not end in, and the instance has, is `stopped` to XState. One that was
 * cancelled was so where it was.
 */
export function resolveSnapshot(
  machine: AnyStateMachine,
  { status, state, isEnded, context }: InspectedState,
  instance: InspectedFacts,
): AnyMachineSnapshot {
  const place = status === "cancelled" ? "started" : status;
  const snapshot =
    place === "started" && hasStates(state) ? resolveStarted(machine, state, context) : machine.resolveState({ value: place, context });
  const isStopped = isEnded && snapshot.status === "active";
  return Object.assign(snapshot, { instance, ...(isStopped && { status: "stopped" }) });
}

function hasStates(state: StateValue | undefined): state is StateValue {
  return typeof state === "string" || Object.keys(state ?? {}).length > 0;
}

/** A state that the chart has no more, because the definition has changed, is shown by its value alone. */
function resolveStarted(machine: AnyStateMachine, state: StateValue, context: InspectedState["context"]): AnyMachineSnapshot {
  const value = { started: state as never };
  try {
    return machine.resolveState({ value, context });
  } catch {
    return Object.assign(machine.resolveState({ value: "started", context }), { value });
  }
}

/** The event with which XState makes an actor known. */
export function inspectActor(actorRef: InspectedActor): InstanceInspection {
  return { type: "@xstate.actor", rootId: actorRef.sessionId, actorRef };
}

/** The pair of an actor that has started. */
export function inspectInit(actorRef: InspectedActor, input: InspectedFacts): readonly InstanceInspection[] {
  return inspectEvent(actorRef, { type: "xstate.init", input });
}

/** The pair that XState tells an inspector of when an actor has taken an event: the event, and the snapshot after it. */
export function inspectEvent(actorRef: InspectedActor, event: AnyEventObject): readonly InstanceInspection[] {
  const rootId = actorRef.sessionId;
  return [
    { type: "@xstate.event", rootId, actorRef, sourceRef: undefined, event },
    { type: "@xstate.snapshot", rootId, actorRef, event, snapshot: actorRef.getSnapshot() },
  ];
}
