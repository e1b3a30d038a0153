import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import { prefixes, serviceOf, stateKeys } from "../wire/names.ts";
import type { Parts } from "./parts.ts";
import type { KeyContext } from "./sdk.ts";
import { send } from "./send.ts";
import { Turn } from "./turn.ts";

/** Has a key of a policy, or of commands from outside, look at what it may forget once that is past its retention. */
export function remindToForget(context: KeyContext, owner: string, parts: Parts): void {
  const { endedMs } = parts.settings.retention;
  send(context, parts, { service: serviceOf(owner), method: "forget", key: context.key, parameter: {}, delay: endedMs });
}

/** Forgets the letters that are past their retention, and the key itself if nothing is left of it. Otherwise it looks again, a retention later. */
export async function forgetUnowned(context: KeyContext, owner: string, parts: Parts): Promise<void> {
  const { kept } = (await Turn.open(context, owner, parts)).key;
  const now = await context.date.now();
  const names = (await context.stateKeys()).filter((name) => name.startsWith(prefixes.letter)).toSorted();
  // All are asked for before any is there, so that they take the time of one.
  const asked = names.map((name) => ({ name, row: context.get<DeadLetterRecord>(name) }));
  let left = 0;
  for (const { name, row } of asked) {
    const { settledAt = null } = (await row) ?? {};
    if (settledAt !== null && settledAt + parts.settings.retention.endedMs <= now) context.clear(name);
    else left += 1;
  }
  // A letter may bring its command back, whose place must not be another's by then.
  if (left === 0 && kept.commands.length === 0 && kept.running.length === 0 && kept.wake === null) context.clear(stateKeys.core);
  else remindToForget(context, owner, parts);
}
