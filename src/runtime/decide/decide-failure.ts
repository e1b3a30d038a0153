import type { ProcessDefinition } from "../../definition/model/definition.ts";
import { LAST_MOMENT } from "../../platform/duration.ts";
import type { MachineMove } from "../../machine/process-machine.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { Changes } from "./changes.ts";
import { createOwnEvent, type FailureReport } from "../../record/own-event.ts";

/** The row of an instance that fails at `now`, before it is revised: from then on it waits for an operator, as long as its process says. */
export function failInstance(instance: InstanceRecord, { failedTimeout }: ProcessDefinition, { status, now }: Failing): InstanceRecord {
  const discardAt = failedTimeout === undefined ? null : Math.min(now + failedTimeout.durationMs, LAST_MOMENT);
  return { ...instance, status, discardAt: instance.discardAt ?? discardAt };
}

interface Failing {
  readonly status: InstanceRecord["status"];
  readonly now: number;
}

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
