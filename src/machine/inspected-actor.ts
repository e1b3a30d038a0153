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
import type { Status } from "../definition/model/instance.ts";

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

/**
 * The machine's snapshot in `status`. A state that the machine does not end in, and the instance has, is `stopped` to XState.
 * `context` is what an inspector shows beside the state; the machine itself has none.
 */
export function resolveSnapshot(
  machine: AnyStateMachine,
  { status, isEnded, context }: { readonly status: Status; readonly isEnded: boolean; readonly context: Readonly<Record<string, unknown>> },
): AnyMachineSnapshot {
  const snapshot = machine.resolveState({ value: status, context });
  if (isEnded && snapshot.status === "active") Object.assign(snapshot, { status: "stopped" });
  return snapshot;
}

/** The event with which XState makes an actor known. */
export function inspectActor(actorRef: InspectedActor): InstanceInspection {
  return { type: "@xstate.actor", rootId: actorRef.sessionId, actorRef };
}

/** The pair of an actor that has started. */
export function inspectInit(actorRef: InspectedActor): readonly InstanceInspection[] {
  return inspectEvent(actorRef, { type: "xstate.init", input: undefined });
}

/** The pair that XState tells an inspector of when an actor has taken an event: the event, and the snapshot after it. */
export function inspectEvent(actorRef: InspectedActor, event: AnyEventObject): readonly InstanceInspection[] {
  const rootId = actorRef.sessionId;
  return [
    { type: "@xstate.event", rootId, actorRef, sourceRef: undefined, event },
    { type: "@xstate.snapshot", rootId, actorRef, event, snapshot: actorRef.getSnapshot() },
  ];
}
