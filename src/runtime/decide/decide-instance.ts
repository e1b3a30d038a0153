import { createJournalRecord } from "../../record/journal-entry.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { InstanceRecord, SuspensionRecord } from "../../store/instances.ts";
import type { Changes } from "./changes.ts";
import { rewrite } from "./instance.ts";

/** What an operator asks of an open instance, and what is known of it. */
export interface AskedInstance {
  readonly instance: InstanceRecord;
  /** `undefined` if the definition of the process was removed. */
  readonly machine: ProcessMachine | undefined;
  readonly by: string | null;
  readonly reason: string | null;
  readonly now: number;
}

/** An instance waits until it is resumed: its events and timers, and the commands that its event handlers have dispatched. */
export function decideSuspended(asked: AskedInstance): Changes {
  const { instance, by, reason, now } = asked;
  const suspension: SuspensionRecord = { at: now, by, reason };
  return {
    ...replace(asked, { suspended: JSON.stringify(suspension) }),
    parkCommandsOf: instance.processId,
    journal: [record(asked, "suspended")],
  };
}

/**
 * An instance goes on: what was parked follows in order, and what fell due meanwhile is due since then. `areCommandsHeld`: a dead letter of a
 * command holds the commands back all the same.
 */
export function decideUnsuspended(asked: AskedInstance, areCommandsHeld: boolean): Changes {
  return {
    ...replace(asked, { suspended: null }),
    ...(!areCommandsHeld && { releaseCommandsOf: asked.instance.processId }),
    journal: [record(asked, "unsuspended")],
  };
}

/** The timeout of an instance is due at another moment. One in the past means now. */
export function decideRescheduled(asked: AskedInstance, moment: number): Changes {
  const dueAt = Math.max(moment, asked.now);
  return { ...replace(asked, { dueAt }), journal: [record(asked, "rescheduled", { dueAt })] };
}

function replace(
  { instance, machine, now }: AskedInstance,
  changed: Partial<InstanceRecord>,
): Pick<Changes, "key" | "source" | "replaces" | "instance"> {
  const { process, aggregateId } = instance;
  return {
    key: { process, aggregateId },
    source: { from: "operator" },
    replaces: instance,
    instance: rewrite({ ...instance, ...changed }, machine, now),
  };
}

function record(
  { instance, by, reason, now }: AskedInstance,
  kind: "suspended" | "unsuspended" | "rescheduled",
  facts: { readonly dueAt?: number } = {},
) {
  return createJournalRecord(instance.processId, now, kind, { ...facts, by: by ?? undefined, reason: reason ?? undefined });
}
