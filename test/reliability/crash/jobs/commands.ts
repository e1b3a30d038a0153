import { checkCommand, checkCommandOrder } from "../check/commands.ts";
import { isDone } from "../check/evidence-index.ts";
import type { JobCheck } from "./check.ts";
import type { Behaviour, Plan, PlannedCommand } from "./plan.ts";
import { isAfterEnd } from "./steps.ts";

/** Commands are those of the steps that were committed: each stored once, executed in order, and not before its time. */
export function checkCommands(check: JobCheck): void {
  const { plan, evidence, index, expect } = check;
  const seen = new Set<string>();
  for (const row of evidence.journal) {
    if (!isDone(row)) continue;
    const event = evidence.events.get(row.facts.event!.eventId)!;
    const process = index.processOf(row.processId);
    const planned = process === "job/audit" ? [] : behaviourOf(plan, event.type, event.aggregateId, event.payload).says;
    const stored = row.facts.commands ?? [];
    expect(
      stored.length === planned.length,
      () => `${event.eventId} in ${process} dispatched ${stored.length} commands instead of ${planned.length}`,
    );
    for (const [place, { commandId, dueAt }] of stored.entries()) {
      const command = planned[place];
      if (command === undefined) continue;
      expect(!seen.has(commandId), () => `command ${commandId} was stored twice`);
      seen.add(commandId);
      checkCommand({ index, expect }, commandId, { tag: command.payload.tag, dueAt });
      if (command.delayMs !== null) {
        expect(
          dueAt === event.occurredAt + command.delayMs,
          () => `command ${commandId} is due ${dueAt - event.occurredAt} ms after its event, and not ${command.delayMs}`,
        );
      }
    }
  }
  for (const commandId of index.runsByCommand.keys())
    expect(seen.has(commandId), () => `command ${commandId} ran, and no committed step dispatched it`);
  checkCommandOrder(check, ["charge"]);
}

/** A command handler's events were accepted with the command's settlement, or concerned nobody any more. */
export function checkAnswers({ plan, evidence, index, expect }: JobCheck): void {
  const answersByTag = new Map(plannedCommands(plan).map(({ payload }) => [payload.tag, payload.answers.length]));
  const named = new Set<string>();
  for (const { kind, facts, processId } of evidence.journal) {
    if (kind !== "command_handled") continue;
    const tag = index.runsByCommand.get(facts.command!.commandId)?.[0]?.tag ?? "";
    const returned = facts.events ?? [];
    expect(
      returned.length === answersByTag.get(tag),
      () => `command ${tag} returned ${returned.length} events instead of ${answersByTag.get(tag)}`,
    );
    for (const { eventId } of returned) {
      named.add(eventId);
      const { process, aggregateId } = evidence.instances.get(processId)!;
      const isLate = process !== "job/run" || isAfterEnd(evidence, "job/run", aggregateId, Number.POSITIVE_INFINITY);
      expect(evidence.events.has(eventId) || isLate, () => `command ${tag} returned ${eventId}, which is not stored`);
    }
  }
  for (const { eventId, type } of evidence.events.values()) {
    expect(type !== "JobAnswered" || named.has(eventId), () => `${eventId} is stored, and no settled command returned it`);
  }
}

function behaviourOf(plan: Plan, type: string, aggregateId: string, payload: string): Pick<Behaviour, "says"> {
  const instance = plan.instances[aggregateId]!;
  if (type.endsWith("TimedOut")) return instance.onTimedOut;
  if (type.endsWith("Failed")) return instance.onFailed;
  return JSON.parse(payload) as Behaviour;
}

function plannedCommands(plan: Plan): readonly PlannedCommand[] {
  return [
    ...plan.events.map(({ payload }) => payload),
    ...Object.values(plan.instances).flatMap(({ onTimedOut, onFailed }) => [onTimedOut, onFailed]),
  ].flatMap(({ says }) => says);
}
