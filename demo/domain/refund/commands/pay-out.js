/** What comes of it is an event. */
export function handler({ command }) {
  return { type: "RefundPaidOut", aggregateId: command.aggregateId };
}
