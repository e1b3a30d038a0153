import type { Check } from "./check.ts";
import { groupBy } from "./lists.ts";

interface DispatchedEvent {
  readonly eventId: string;
  readonly type: string;
  readonly aggregateId: string;
  readonly payload: unknown;
}

/**
 * What was acknowledged is there as it was dispatched, and was accepted once (P1, P4). `outcomeOf`: what becomes of an event that was not
 * dispatched before.
 */
export function checkAcceptance<Event extends DispatchedEvent>(
  { evidence, expect }: Check,
  dispatched: readonly Event[],
  outcomeOf: (event: Event) => "accepted" | "kept" | "unrouted",
): void {
  const acksByEvent = groupBy(evidence.acks, ({ eventId }) => eventId);
  for (const event of dispatched) {
    const { eventId, payload, type, aggregateId } = event;
    const outcomes = (acksByEvent.get(eventId) ?? []).map(({ outcome }) => outcome);
    const told = outcomes.join();
    const row = evidence.events.get(eventId);
    const wanted = outcomeOf(event);
    expect(outcomes.length > 0, () => `${eventId} was never acknowledged`);
    if (wanted === "unrouted") {
      expect(row === undefined && outcomes.every((outcome) => outcome === "unrouted"), () => `${eventId} is for nobody: ${told}`);
      continue;
    }
    expect(row !== undefined, () => `${eventId} was acknowledged (${told}) and is not stored`);
    expect(
      row === undefined || (row.type === type && row.aggregateId === aggregateId && row.payload === JSON.stringify(payload)),
      () => `${eventId} is not stored as it was dispatched`,
    );
    const fresh = outcomes.filter((outcome) => outcome !== "duplicate");
    expect(fresh.length <= 1, () => `${eventId} was accepted more than once: ${told}`);
    expect(
      fresh.every((outcome) => outcome === wanted),
      () => `${eventId} was to be ${wanted}, and was acknowledged as ${told}`,
    );
  }
}

/** The events of one order of dispatch have positions in that order (P3). */
export function checkAcceptedInOrder({ evidence, expect }: Check, name: string, eventIds: readonly string[]): void {
  const positions = eventIds.flatMap((eventId) => evidence.events.get(eventId)?.position ?? []);
  expect(
    positions.every((position, index) => index === 0 || position > positions[index - 1]!),
    () => `events of ${name} were accepted out of order: ${positions.join()}`,
  );
}
