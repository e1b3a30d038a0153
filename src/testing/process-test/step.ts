import { listEventTypes } from "../../definition/model/definition.ts";
import type { LoadedProcess } from "../../definition/process-source.ts";
import { suggestName } from "../../definition/report/suggest.ts";
import { ProcessError } from "../../errors.ts";
import { type Duration, formatDuration } from "../../platform/duration.ts";
import type { KnownEvent } from "../../system/process-system.ts";
import { formatPayload } from "../kit/expected.ts";

/** An event, which has the test's aggregate unless it names another; or a length of time that passes. */
export type ProcessTestStep = TestEvent | Duration | (string & {});

/** An event without what the test fills in. Once the project's types are generated, it is one of the project's events. */
export type TestEvent = KnownEvent extends infer Event
  ? Event extends KnownEvent
    ? Omit<Event, "aggregateId"> & { readonly aggregateId?: string }
    : never
  : never;

/** A step as a person reads it: `PaymentReceived {"reference":"p-1"}`, `2d pass`. */
export function formatStep(step: ProcessTestStep, aggregateId: string): string {
  if (typeof step !== "object") return `${typeof step === "number" ? formatDuration(step) : step} pass`;
  const of = step.aggregateId === undefined || step.aggregateId === aggregateId ? "" : `of ${step.aggregateId}`;
  return [step.type, of, formatPayload(step.payload ?? {})].filter(Boolean).join(" ");
}

/**
 * Refuses an event that neither the process nor its domain knows, because nothing would react to it, and the test would prove nothing.
 * @throws ProcessError `CONFIG_INVALID`
 */
export function checkStep(step: ProcessTestStep, { definition, domain }: LoadedProcess): void {
  if (typeof step !== "object") return;
  const known = [...new Set([...listEventTypes(definition), ...definition.declaredEvents, ...domain.events.keys()])];
  if (known.includes(step.type)) return;
  const close = suggestName(step.type, known);
  throw new ProcessError(
    "CONFIG_INVALID",
    `${definition.process} and its domain know no event ${JSON.stringify(step.type)}${close === undefined ? "" : `; did you mean ${close}?`}`,
    {
      hint: `Known: ${known.join(", ")}.`,
    },
  );
}
