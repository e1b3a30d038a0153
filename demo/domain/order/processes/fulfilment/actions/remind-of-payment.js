export async function handler({ event, commands, context }) {
  await commands.sendMail({ aggregateId: event.aggregateId, payload: { subject: `Your ${context.item} waits for its payment` } });
}
