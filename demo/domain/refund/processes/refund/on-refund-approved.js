import { NonRetryableError } from "perdure";

/** The bank of the demonstration does not know some accounts, and is away for others. */
export async function handler({ event, commands, context }) {
  const { account, by } = event.payload;
  if (account === "closed") throw new NonRetryableError("the bank has closed this account");
  if (account === "away") throw new Error("the bank does not answer: 503 Service Unavailable");
  await commands.payOut({ aggregateId: event.aggregateId, payload: { cents: context.cents } });
  return { approvedBy: by };
}
