import type { ProcessDefinition } from "../../definition/model/definition.ts";
import type { MachineMove } from "../../machine/process-machine.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { Changes } from "./changes.ts";
import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import { createOwnEvent, type FailureReport } from "../../record/own-event.ts";

/** The failed handler's step, if the machine asks for it on its way to `failed`. */
export function followFailure(
  definition: ProcessDefinition,
  { next, move, now }: { readonly next: InstanceRecord; readonly move: MachineMove; readonly now: number },
  report: FailureReport,
): Pick<Changes, "followUp"> {
  if (!move.actions.some(({ kind }) => kind === "handler")) return {};
  const event = createOwnEvent(definition, next, { occurredAt: now, now }, report);
  return { followUp: { kind: "failed", processId: next.processId, event } };
}

/** The open dead letter of a step of `instance`. */
export function createLetter(
  instance: InstanceRecord,
  { deadLetterId, error, now }: { readonly deadLetterId: string; readonly error: ErrorRecord; readonly now: number },
  step: Pick<DeadLetterRecord, "kind" | "handler" | "subject" | "generation" | "blocks" | "attempts" | "firstFailedAt">,
): DeadLetterRecord {
  const { process, aggregateId, processId } = instance;
  return {
    deadLetterId,
    process,
    aggregateId,
    processId,
    ...step,
    error: JSON.stringify(error),
    lastFailedAt: now,
    status: "open",
    settledAt: null,
    settledBy: null,
    reason: null,
    retriedWith: null,
  };
}
