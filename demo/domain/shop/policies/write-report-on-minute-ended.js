export async function handler({ event, commands }) {
  await commands.writeReport({ aggregateId: "shop", payload: { until: event.payload.until } });
}
