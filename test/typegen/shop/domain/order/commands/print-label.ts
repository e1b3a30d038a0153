import type { Command } from "./+types/print-label";

// Its arguments are typed, and so nothing here can say that it returns no event: whoever calls it is told.
export async function handler({ command }: Command.HandlerArgs) {
  return { printed: command.aggregateId };
}
