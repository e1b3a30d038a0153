import type { Logger } from "../../platform/logger.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";

/** Warns of events that this worker's definitions do not know, once for each process and type. */
export function createAwaitedNotes(logger: Logger): (entry: MailboxEntry) => void {
  const noted = new Set<string>();
  return ({ process, aggregateId, event: { type, eventId } }) => {
    const what = `${process} ${type}`;
    if (noted.has(what)) return;
    noted.add(what);
    logger.warn(
      `process "${process}", aggregate "${aggregateId}": event "${type}" waits for a worker whose definition knows it, and so does what is behind it. ` +
        "This worker's neither handles it nor is started or completed by it: `perdure doctor` counts what waits",
      { process, aggregateId, type, eventId },
    );
  };
}

/** Warns of attempts of policies that this worker's definitions do not have, once for each policy. */
export function createAwaitedPolicyNotes(logger: Logger): (attempt: CommandRecord) => void {
  const noted = new Set<string>();
  return ({ type: policy, aggregateId }) => {
    if (noted.has(policy)) return;
    noted.add(policy);
    logger.warn(
      `policy "${policy}", aggregate "${aggregateId}": an event waits for a worker whose definitions have the policy. ` +
        "This worker's do not: `perdure doctor` counts what waits",
      { policy, aggregateId },
    );
  };
}
