import { ProcessError } from "../../errors.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { recordToInstance } from "../../record/instance.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { InstanceIntervention } from "../../store/intervention.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { Changes } from "../decide/changes.ts";
import { decideInstanceCancelled } from "../decide/decide-cancelled.ts";
import { type AskedInstance, decideRescheduled, decideSuspended, decideUnsuspended } from "../decide/decide-instance.ts";
import { isSuspended } from "../decide/instance.ts";
import { listOpenLetters } from "./settle-letter.ts";

/** The open instance that an operator names. @throws ProcessError `INSTANCE_UNKNOWN`, `INSTANCE_ENDED` */
export function findOpenInstance(
  { instances }: { readonly instances: Pick<KeyedStore["instances"], "get"> },
  processId: string,
): InstanceRecord {
  const instance = instances.get(processId);
  if (instance === undefined) throw refuseUnknownInstance(processId);
  if (instance.endedAt === null) return instance;
  throw new ProcessError(
    "INSTANCE_ENDED",
    `instance "${processId}" of "${instance.process}" has ended: it is ${instance.status} since ${new Date(instance.endedAt).toISOString()}`,
    { hint: "Nothing of an instance can be changed after its end. Its journal says how it came to that.", details: describe(instance) },
  );
}

export function refuseUnknownInstance(processId: string): ProcessError {
  return new ProcessError("INSTANCE_UNKNOWN", `there is no instance "${processId}"`, {
    hint: "`perdure list`, or processes.find(), lists them.",
  });
}

/**
 * Decides by what is stored what becomes of an instance that an operator cancels, suspends, resumes or reschedules. Call it inside the
 * transaction that writes the changes, and between two steps of the instance.
 * @throws ProcessError `INSTANCE_UNKNOWN`, `INSTANCE_ENDED`, `INSTANCE_SUSPENDED`, `INSTANCE_NOT_SUSPENDED`, `TIMEOUT_REFUSED`
 */
export function prepareInstance(
  store: KeyedStore,
  { machines }: { readonly machines: ReadonlyMap<string, ProcessMachine> },
  intervention: InstanceIntervention,
  now: number,
): Changes {
  const instance = findOpenInstance(store, intervention.processId);
  const machine = machines.get(instance.process);
  const asked: AskedInstance = { instance, machine, by: intervention.by ?? null, reason: intervention.reason, now };
  switch (intervention.kind) {
    case "cancel-instance":
      return cancel(store, asked);
    case "suspend-instance":
      if (isSuspended(instance)) throw refuseSuspended(instance);
      return decideSuspended(asked);
    case "resume-instance":
      if (!isSuspended(instance)) throw refuseRunning(instance);
      return decideUnsuspended(
        asked,
        listOpenLetters(store.deadLetters, instance.processId).some(({ blocks, kind }) => blocks && kind === "command"),
      );
    case "reschedule-instance":
      refuseTimeout(instance, machine);
      return decideRescheduled(asked, intervention.dueAt);
  }
}

/** Whether `changes` to an instance are stored already, because a commit took effect although it reported a failure. */
export function isInstanceChanged({ instances }: Pick<KeyedStore, "instances">, { instance }: Changes): boolean {
  return instance !== undefined && instances.get(instance.processId)?.revision === instance.revision;
}

function cancel({ mailbox, deadLetters, commands }: KeyedStore, { instance, machine, by, reason, now }: AskedInstance): Changes {
  const entries = mailbox.read(instance, Number.MAX_SAFE_INTEGER);
  const letters = listOpenLetters(deadLetters, instance.processId);
  return decideInstanceCancelled(instance, { commands: commands.list(instance.processId), by, reason }, { machine, entries, letters, now });
}

function refuseSuspended(instance: InstanceRecord): ProcessError {
  const { suspended } = recordToInstance(instance);
  const by = suspended?.by === undefined ? "" : ` by ${suspended.by}`;
  return new ProcessError(
    "INSTANCE_SUSPENDED",
    `instance "${instance.processId}" is suspended already${by}, since ${suspended?.at.toISOString()}`,
    { hint: "Resume it first if another reason is to be recorded.", details: describe(instance) },
  );
}

function refuseRunning(instance: InstanceRecord): ProcessError {
  const why = instance.status === "failed" ? "it is failed, and waits for its dead letter" : `it is ${instance.status}`;
  return new ProcessError("INSTANCE_NOT_SUSPENDED", `instance "${instance.processId}" is not suspended: ${why}`, {
    hint: instance.status === "failed" ? "Retry, skip or discard its dead letter." : "Only what was suspended can be resumed.",
    details: describe(instance),
  });
}

/** @throws ProcessError `TIMEOUT_REFUSED` where there is no timeout that could be moved */
function refuseTimeout(instance: InstanceRecord, machine: ProcessMachine | undefined): void {
  const name = `instance "${instance.processId}" of "${instance.process}"`;
  if (instance.status === "failed") {
    throw new ProcessError("TIMEOUT_REFUSED", `${name} is failed, and its timeout stands still until its dead letter is settled`, {
      hint: "Retry or skip its dead letter, then move the timeout.",
      details: describe(instance),
    });
  }
  if (instance.dueAt === null && machine?.definition.timeout === undefined) {
    throw new ProcessError("TIMEOUT_REFUSED", `${name} has no timeout that could be moved`, {
      hint: "Give the config of the process a timeout. Delayed commands are moved with scheduled.reschedule.",
      details: describe(instance),
    });
  }
}

function describe({ processId, process, aggregateId, status }: InstanceRecord) {
  return { processId, process, aggregateId, status };
}
