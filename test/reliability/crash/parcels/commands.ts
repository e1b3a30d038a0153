import { checkCommand, checkCommandOrder } from "../check/commands.ts";
import { isDone } from "../check/evidence-index.ts";
import type { ParcelCheck } from "./check.ts";
import type { PlannedCommand, PlannedEvent } from "./plan.ts";

/**
 * Commands are those of the steps that were committed, each settled once and in order. What they returned was accepted with their settlement,
 * and nothing else was.
 */
export function checkCommands(check: ParcelCheck): void {
  const { evidence, index, expect } = check;
  const plannedById = new Map<string, PlannedCommand>();
  for (const { processId, facts } of evidence.journal.filter(isDone)) {
    const { process, aggregateId } = evidence.instances.get(processId)!;
    const { payload } = evidence.events.get(facts.event!.eventId)!;
    const says = (JSON.parse(payload) as PlannedEvent["payload"]).says.filter(
      ({ name }) => process === "parcel/delivery" || name === "label",
    );
    const stored = facts.commands ?? [];
    expect(
      stored.map(({ type }) => type).join() === says.map(({ name }) => name).join(),
      () => `${facts.event!.eventId} in ${process} of ${aggregateId} dispatched ${stored.length} commands instead of ${says.length}`,
    );
    for (const [place, { commandId, dueAt }] of stored.entries()) {
      const planned = says[place];
      if (planned === undefined) continue;
      expect(!plannedById.has(commandId), () => `command ${commandId} was stored twice`);
      plannedById.set(commandId, planned);
      checkCommand(check, commandId, { tag: `${planned.payload.tag} ${process} ${aggregateId}`, dueAt });
    }
  }
  for (const commandId of index.runsByCommand.keys())
    expect(plannedById.has(commandId), () => `command ${commandId} ran, and no committed step dispatched it`);
  checkCommandOrder(check, ["weigh", "label"]);
  checkAnswers(check, plannedById);
}

/** One that is for no parcel is for nobody, and is not stored. */
function checkAnswers({ evidence, expect }: ParcelCheck, plannedById: ReadonlyMap<string, PlannedCommand>): void {
  const named = new Set<string>();
  for (const { facts } of evidence.journal.filter(({ kind }) => kind === "command_handled")) {
    const answers = plannedById.get(facts.command!.commandId)?.payload.answers ?? [];
    const returned = facts.events ?? [];
    expect(returned.length === answers.length, () => `command ${facts.command!.commandId} returned ${returned.length} events`);
    for (const [place, { eventId }] of returned.entries()) {
      named.add(eventId);
      const wanted = answers[place] ?? [];
      const row = evidence.events.get(eventId);
      const parcels = row === undefined ? [] : (JSON.parse(row.payload) as PlannedEvent["payload"]).parcels;
      expect(parcels.join() === wanted.join(), () => `${eventId} was returned for ${wanted.join()}, and is stored for ${parcels.join()}`);
    }
  }
  for (const { eventId, type } of evidence.events.values())
    expect(type !== "ParcelWeighed" || named.has(eventId), () => `${eventId} is stored, and no settled command returned it`);
}
