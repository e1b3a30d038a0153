/** It fails for an address that some customers of the demonstration give, so that there are dead letters to look at. */
export async function handler({ event, context, commands }) {
  const { street } = context.address;
  await commands.sendMail({ aggregateId: event.aggregateId, payload: { subject: `It goes to ${street.trim()}` } });
}
