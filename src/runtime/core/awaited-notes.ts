import type { Logger } from "../../platform/logger.ts";
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
