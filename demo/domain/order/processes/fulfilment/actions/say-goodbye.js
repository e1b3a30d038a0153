export async function handler({ event, commands }) {
  await commands.sendMail({ aggregateId: event.aggregateId, payload: { subject: "Nothing will be sent, and nothing is to be paid" } });
}
