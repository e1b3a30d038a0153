export async function handler({ event, commands }) {
  await commands.sendMail({ aggregateId: event.aggregateId, payload: { subject: `Thank you for ordering a ${event.payload.item}` } });
}
