export const delay = "5s";

/** It waits for nothing else, so that it is a policy, and no part of the process. */
export async function handler({ event, commands }) {
  await commands.addPoints({ aggregateId: event.aggregateId, payload: { points: Math.ceil(event.payload.cents / 100) } });
}
