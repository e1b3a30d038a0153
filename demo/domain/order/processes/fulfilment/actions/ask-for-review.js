export async function handler({ event, context, commands }) {
  await commands.sendMail({ aggregateId: event.aggregateId, delay: "10m", payload: { subject: `How is your ${context.item}?` } });
}
