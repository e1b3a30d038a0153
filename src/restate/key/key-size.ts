import { NonRetryableError, ProcessError } from "../../errors.ts";
import { formatBytes } from "../../platform/size.ts";
import type { Changes } from "../../runtime/decide/changes.ts";
import type { KeptKey } from "../wire/kept-key.ts";

/**
 * How long a key may be as JSON text. Every turn loads it, and the server takes no message above 32 MB: a text of this length has 24 MB at most
 * in UTF-8.
 */
export const LONGEST_KEY = 8_000_000;

/** Whether `added` characters still fit. */
export function hasRoom(kept: KeptKey, added: number): boolean {
  // A bound that is cheap to have comes first, because nearly every key is far from the limit.
  return estimate(kept) + added <= LONGEST_KEY || JSON.stringify(kept).length + added <= LONGEST_KEY;
}

// Longer than the fields of a row beside its texts can be.
const ROW = 2_000;

/** An upper bound of a key's length. */
function estimate({ entries, commands, letters, instances, seen }: KeptKey): number {
  let sum = ROW * (1 + entries.length + commands.length + letters.length + instances.length) + seen.length * ROW;
  // A text within a text is written with a backslash before each quotation mark, and a payload is such a text.
  for (const { event } of entries) sum += 2 * event.payload.length;
  for (const { record } of commands) sum += 2 * (record.payload.length + (record.invocation?.length ?? 0) + (record.key?.length ?? 0));
  for (const { subject, error } of letters) sum += 4 * (subject.length + error.length);
  for (const { context, chart } of instances) sum += 2 * ((context?.length ?? 0) + (chart?.length ?? 0));
  return sum;
}

export function refuseFull({ key: { process, aggregateId } }: KeptKey, what: string, size: number): ProcessError {
  return new ProcessError("KEY_FULL", `process "${process}", aggregate ${JSON.stringify(aggregateId)}: there is no room for ${what}`, {
    hint: `What waits for one aggregate is ${formatBytes(LONGEST_KEY)} at most. Settle the dead letter that it waits behind, or dispatch less for one aggregate, and then retry.`,
    details: { process, aggregateId, size, limit: LONGEST_KEY },
  });
}

/**
 * Refuses what a step would add to a key that is full. What gives a step up is always taken, because the step has to end somehow.
 * @throws an error that no further attempt would change, with the code `KEY_FULL`
 */
export function checkRoom(kept: KeptKey, changes: Changes): void {
  if (changes.deadLetter !== undefined || changes.source.from === "timeout") return;
  const size = JSON.stringify(changes).length;
  if (hasRoom(kept, size)) return;
  const { message, code } = refuseFull(kept, "what this step writes", size);
  // Only an error that is not of the store fails the attempt.
  throw Object.assign(new NonRetryableError(message), { code });
}
