export async function handler({ event, commands }) {
  await commands.sendMail({ aggregateId: event.aggregateId, payload: { subject: "Your order has taken too long" } });
}
