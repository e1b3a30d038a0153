/**
 * An SQL condition: whether the mailbox row `alias` waits behind a dead letter, which an event does when the open instance it
 * would go to has failed. Rows carry no mark of it.
 */
export function isParked(alias: string): string {
  return `(${alias}.kind = 'event' AND EXISTS (
    SELECT 1 FROM instances i
    WHERE i.process = ${alias}.process AND i.aggregate_id = ${alias}.aggregate_id AND i.ended_at IS NULL AND i.status = 'failed'))`;
}
