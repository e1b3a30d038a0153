import type { CommandHandlerArgs } from "perdure";
import type { Services } from "./services/services.ts";
import type { User } from "./services/users.ts";

/**
 * What the commands do. The schemas of their payloads are in domain/user/commands; the handlers are made here, of the services they
 * use, so that a test gives them services of its own.
 */
export function createCommandHandlers({ users, mailer, desk }: Services) {
  const mail = ({ command, idempotencyKey }: CommandHandlerArgs, subject: string) => {
    const user = users.find(command.aggregateId);
    if (user !== undefined) mailer.send({ to: user.email, subject }, idempotencyKey);
  };

  // A process cannot take back what it has dispatched, and need not: it is here, at the moment of sending and with the user's data
  // at hand, that it is known whether a reminder is still of use.
  const remind = (args: CommandHandlerArgs, subject: string, isOfUse: (user: User) => boolean) => {
    const { command, logger } = args;
    const user = users.find(command.aggregateId);
    if (user !== undefined && !user.isPastOnboarding && isOfUse(user)) mail(args, subject);
    else logger.info(`no mail "${subject}": it has become pointless`, { user: command.aggregateId });
  };

  return {
    sendWelcome: (args: CommandHandlerArgs) => mail(args, "Welcome"),

    remindToConfirm: (args: CommandHandlerArgs<{ reminder: number }>) =>
      remind(args, `Please confirm your address (${args.command.payload.reminder})`, (user) => !user.hasConfirmed),

    helpWithFirstProject: (args: CommandHandlerArgs) =>
      remind(args, "Shall we help with your first project?", (user) => user.projects === 0),

    congratulate: (args: CommandHandlerArgs) => {
      mail(args, "You are all set");
      users.change(args.command.aggregateId, { isPastOnboarding: true });
    },

    askForFeedback: (args: CommandHandlerArgs) => {
      mail(args, "What was missing?");
      users.change(args.command.aggregateId, { isPastOnboarding: true });
    },

    tellSupport: ({ command: { aggregateId, payload }, idempotencyKey }: CommandHandlerArgs<{ why: string; deadLetterId: string }>) => {
      desk.put(`${aggregateId}: ${payload.why} (dead letter ${payload.deadLetterId})`, idempotencyKey);
    },
  };
}
