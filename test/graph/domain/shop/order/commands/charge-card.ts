import type { CommandHandlerArgs } from "perdure";

export async function handler({ command }: CommandHandlerArgs) {
  return { type: "PaymentReceived", aggregateId: command.aggregateId };
}
