import { commandIdRules } from "./command-ids.ts";
import { commandRules } from "./commands.ts";
import { contextIndexRules } from "./context-index.ts";
import { counterRules } from "./counters.ts";
import { deadLetterRules } from "./dead-letters.ts";
import { eventRules } from "./events.ts";
import { foundCommandRules } from "./found-commands.ts";
import { inboxRules } from "./inbox.ts";
import { instanceRules } from "./instances.ts";
import { journalRules } from "./journal.ts";
import { leaseRules } from "./lease.ts";
import { mailboxRules } from "./mailbox.ts";
import { requestRules } from "./requests.ts";
import { retentionRules } from "./retention.ts";
import { routeRules } from "./routes.ts";
import { scheduleRules } from "./schedules.ts";
import type { StoreRule } from "./store-rule.ts";
import { suspectRules } from "./suspects.ts";
import { timerRules } from "./timers.ts";
import { transactRules } from "./transact.ts";
import { unownedRules } from "./unowned.ts";

/**
 * What every store promises, for the tests of an adapter. Run each rule on a new store; no test framework is needed.
 *
 * @example for (const { name, check } of storeContract) test(name, () => check({ store: openMyStore(), reopen: openMyStoreAgain }));
 */
export const storeContract: readonly StoreRule[] = [
  ...transactRules,
  ...eventRules,
  ...mailboxRules,
  ...instanceRules,
  ...commandRules,
  ...foundCommandRules,
  ...commandIdRules,
  ...unownedRules,
  ...deadLetterRules,
  ...journalRules,
  ...timerRules,
  ...counterRules,
  ...leaseRules,
  ...suspectRules,
  ...requestRules,
  ...retentionRules,
  ...routeRules,
  ...scheduleRules,
  ...contextIndexRules,
  ...inboxRules,
];

export type { StoreRule, StoreUnderTest } from "./store-rule.ts";
