import type { CommandHandlerArgs } from "perdure";
import type { Mail, Mailer } from "./services/mailer.ts";

/** What a command needs that is not in the file: a mail leaves it, so that it is sent at least once, under a key by which the provider knows it again. */
export function createCommandHandlers(mailer: Mailer) {
  return {
    sendMail: ({ command, idempotencyKey }: CommandHandlerArgs<Mail>) => mailer.send(command.payload, idempotencyKey),
  };
}
