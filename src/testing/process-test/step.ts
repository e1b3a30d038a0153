import { listEventTypes } from "../../definition/model/definition.ts";
import type { LoadedProcess } from "../../definition/process-source.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";
import { ProcessError } from "../../errors.ts";
import { type Duration, formatDuration } from "../../platform/duration.ts";
import type { KnownEvent } from "../../system/process-system.ts";
import { formatPayload } from "../kit/expected.ts";
import { expectIdle } from "../kit/open-process.ts";
import type { OperatorStep } from "./operator-step.ts";
import type { TestSystem } from "../kit/test-system.ts";

/** An event, which has the test's aggregate unless it names another; or a length of time that passes. */
export type TestStep = TestEvent | Duration | (string & {});

/** The same, or what an operator does to the instance. */
export type ProcessTestStep = TestStep | OperatorStep;

/** An event without what the test fills in. Once the project's types are generated, it is one of the project's events. */
export type TestEvent = KnownEvent extends infer Event
  ? Event extends KnownEvent
    ? Omit<Event, "aggregateId"> & { readonly aggregateId?: string }
    : never
  : never;

/** A step as a person reads it: `PaymentReceived {"reference":"p-1"}`, `2d pass`. */
export function formatStep(step: ProcessTestStep, aggregateId: string): string {
  if (typeof step !== "object") return `${typeof step === "number" ? formatDuration(step) : step} pass`;
  if ("operator" in step) return `an operator: ${step.operator} ${formatPayload(step.options)}`;
  const of = step.aggregateId === undefined || step.aggregateId === aggregateId ? "" : `of ${step.aggregateId}`;
  return [step.type, of, formatPayload(step.payload ?? {})].filter(Boolean).join(" ");
}

/** What had happened, and what happens then. */
export interface StepSentence {
  /** The aggregate of events that do not name one. */
  readonly aggregateId: string;
  readonly past: readonly ProcessTestStep[];
  readonly step: ProcessTestStep;
}

/** A sentence as a person reads it, a step in a line. */
export function formatSentence({ past, step, aggregateId }: StepSentence): string {
  const lines = past.map((each, index) => `${index === 0 ? "given" : "     "}  ${formatStep(each, aggregateId)}`);
  return [...lines, `when   ${formatStep(step, aggregateId)}`].map((line) => `  ${line}`).join("\n");
}

/** Takes a step in a test system, and returns when all that is due then has run. */
export async function takeStep(test: TestSystem, step: TestStep, aggregateId: string): Promise<void> {
  if (typeof step === "object") await test.dispatch({ aggregateId, ...step });
  else await test.advance(step);
  await expectIdle(test, formatStep(step, aggregateId));
}

/**
 * Refuses an event that neither the process nor its domain knows, because nothing would react to it, and the test would prove nothing.
 * @throws ProcessError `CONFIG_INVALID`
 */
export function checkStep(step: ProcessTestStep, { definition, domain }: LoadedProcess): void {
  if (typeof step !== "object" || "operator" in step) return;
  const known = [...listEventTypes(definition), ...definition.declaredEvents, ...domain.events.keys()];
  expectKnownEvent(step.type, known, definition.process);
}

/** @throws ProcessError `CONFIG_INVALID`; `who` is tested */
export function expectKnownEvent(type: string, types: readonly string[], who: string): void {
  const known = [...new Set(types)];
  if (known.includes(type)) return;
  const close = suggestName(type, known);
  throw new ProcessError("CONFIG_INVALID", `${who} and its domain know no event ${JSON.stringify(type)}${didYouMean(close)}`, {
    hint: `Known: ${known.join(", ")}.`,
  });
}
