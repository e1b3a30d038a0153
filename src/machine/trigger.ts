import type { AnyStateNode } from "xstate";
import { nameSource } from "./config-names.ts";

/** What brings a transition about. */
export type Trigger = EventTrigger | DelayTrigger | ConditionTrigger | DoneTrigger | ResultTrigger;

export interface EventTrigger {
  readonly kind: "event";
  /** `*` stands for any. */
  readonly type: string;
}

export interface DelayTrigger {
  readonly kind: "delay";
  /** As the user wrote it, such as `7d`; a number of milliseconds is in digits. */
  readonly text: string;
  /** `undefined`: a function of the machine says it, for each instance anew. */
  readonly durationMs: number | undefined;
}

/** What is looked at after each event, such as `completeWhen`. */
export interface ConditionTrigger {
  readonly kind: "condition";
  /** `undefined`: nothing has to hold. */
  readonly name: string | undefined;
}

/** The states inside of the source have come to their end. */
export interface DoneTrigger {
  readonly kind: "done";
}

/** What the source invoked has a result. */
export interface ResultTrigger {
  readonly kind: "result";
  /** The command or process. */
  readonly invoked: string;
  readonly isError: boolean;
}

/** What an event of a state is, by the name that XState gives it. */
export function describeTrigger(type: string, node: AnyStateNode): EventTrigger | DelayTrigger | DoneTrigger | ResultTrigger {
  const delay = node.after.find(({ eventType }) => eventType === type)?.delay;
  if (delay !== undefined) return { kind: "delay", text: String(delay), durationMs: readDelay(delay, node) };
  if (type === `xstate.done.state.${node.id}`) return { kind: "done" };
  for (const { id, src } of node.invoke) {
    const isError = type === `xstate.error.actor.${id}`;
    if (isError || type === `xstate.done.actor.${id}`) return { kind: "result", invoked: nameSource(src), isError };
  }
  return { kind: "event", type };
}

/** XState reads a delay that is named in digits as milliseconds; any other is defined under its name. */
function readDelay(delay: unknown, { machine }: AnyStateNode): number | undefined {
  const durationMs: unknown = typeof delay === "number" ? delay : machine.implementations.delays[String(delay)];
  return typeof durationMs === "number" ? durationMs : undefined;
}
