import type { Check } from "./check.ts";
import { isOwn } from "./evidence-index.ts";

/** The file is sound, and holds nothing that was still to be done, mailboxes apart (P7). */
export function checkLeftovers({ evidence, expect }: Check): void {
  const { integrity, left, instances, accepted, events } = evidence;
  expect(integrity === "ok", () => `the file is damaged: ${integrity}`);
  expect(left.commands === 0, () => `${left.commands} commands are left`);
  expect(left.suspects === 0, () => `${left.suspects} suspects are left`);
  expect(left.requests === 0, () => `${left.requests} requests are left`);
  for (const { aggregateId, process, status, endedAt, dueAt } of instances.values()) {
    const name = `${process} of ${aggregateId}`;
    expect(endedAt === null || dueAt === null, () => `${name} has ended and holds a timer`);
    expect(endedAt !== null || status === "started", () => `${name} is left ${status}`);
  }
  const dispatched = [...events.values()].filter(({ type }) => !isOwn(type)).length;
  expect(accepted === dispatched, () => `${accepted} events are counted as accepted, ${dispatched} are stored`);
}
