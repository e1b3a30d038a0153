export async function handler({ event, commands }) {
  await commands.tellSupport({ aggregateId: event.aggregateId, payload: { about: "nobody has approved this refund" } });
}
