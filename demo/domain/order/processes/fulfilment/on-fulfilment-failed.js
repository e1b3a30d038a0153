/** Tells a person, who looks at the dead letter. */
export async function handler({ event, commands }) {
  await commands.tellSupport({ aggregateId: event.aggregateId, payload: { about: event.payload.error.message } });
}
