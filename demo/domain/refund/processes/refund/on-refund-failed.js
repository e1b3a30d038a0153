export async function handler({ event, commands }) {
  await commands.tellSupport({ aggregateId: event.aggregateId, payload: { about: event.payload.error.message } });
}
