import { type Duration, formatDuration } from "../../platform/duration.ts";
import type { DispatchedEvent } from "../../runtime/accept/check-event.ts";
import { formatPayload } from "../expected.ts";

/** An event, whose aggregate is the test's unless it says another; or a length of time that passes. */
export type ProcessTestStep = TestEvent | Duration | (string & {});

/** An event without what the test fills in. */
export type TestEvent = Omit<DispatchedEvent, "aggregateId"> & Partial<Pick<DispatchedEvent, "aggregateId">>;

/** A step as a person reads it: `PaymentReceived {"reference":"p-1"}`, `2d pass`. */
export function formatStep(step: ProcessTestStep, aggregateId: string): string {
  if (typeof step !== "object") return `${typeof step === "number" ? formatDuration(step) : step} pass`;
  const of = step.aggregateId === undefined || step.aggregateId === aggregateId ? "" : `of ${step.aggregateId}`;
  return [step.type, of, formatPayload(step.payload ?? {})].filter(Boolean).join(" ");
}
