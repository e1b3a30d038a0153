import { callAt, steadyClock } from "../../platform/clock.ts";
import { nextTurn } from "../../platform/turn.ts";
import type { NewEvent } from "../../store/events.ts";
import type { Inbox, InboxRow } from "../../store/inbox.ts";
import { ProcessError } from "../../errors.ts";
import { isBusy } from "../../store/store-error.ts";
import { checkRow } from "../check/check-row.ts";
import { countAcceptances } from "../commit/accept.ts";
import { createFailureNews } from "../commit/failure-news.ts";
import { type AcceptedRows, acceptRows, type CheckedRow } from "../commit/accept-rows.ts";
import { createInboxLetter } from "../decide/decide-inbox.ts";
import { endsWork } from "../run/ends-work.ts";
import type { Engine } from "../run/kernel.ts";
import type { Run } from "../run/run.ts";

/** Takes events out of the inbox: they are checked, accepted in the order of their rows, and removed in one commit. */
export interface InboxTaker {
  /** Takes what is there. It does so once at a time, and goes on until nothing is left. */
  look(): void;
  /** Whether nothing is left. If something is, it looks. */
  isDone(): boolean;
  end(): void;
}

const PAGE = 256;

// How much is checked in one turn of the event loop, in characters of payloads.
const CHARACTERS_IN_A_TURN = 1_000_000;

export function createInboxTaker(engine: Engine, inbox: Inbox, run: () => Run): InboxTaker {
  const { kernel, memory, committer, feed, onProgress, onWorkEnded } = engine;
  const { store, router, policyRouter, ids, settings, logger } = kernel;
  const accepting = { store, ...memory, router, policyRouter, ids, limits: settings.limits };
  const news = createFailureNews();
  let isTaking = false;
  let isWanted = false;
  let isEnded = false;

  const takePage = async (rows: readonly InboxRow[]): Promise<void> => {
    const read = await readRows(rows, engine);
    const taken = await committer.submit<AcceptedRows>("step", (previous) => acceptRows(accepting, inbox, read, previous));
    feed.add(countAcceptances(taken.acceptances));
    if (taken.letters.length > 0) feed.add({ letters: taken.letters });
    feed.publish();
    for (const { mailboxes, lanes = [] } of taken.acceptances) {
      run().wake(mailboxes);
      run().wakeLanes(lanes);
    }
  };

  const takeAll = async (): Promise<void> => {
    do {
      isWanted = false;
      for (let rows = inbox.read(PAGE); rows.length > 0 && !isEnded; rows = inbox.read(PAGE)) await takePage(rows);
    } while (isWanted && !isEnded);
    news.end();
  };

  const look = () => {
    isWanted = true;
    if (isTaking || isEnded) return;
    isTaking = true;
    takeAll()
      .catch((error: unknown) => {
        if (isEnded) return;
        if (endsWork(error)) onWorkEnded(error);
        // The program's own transaction may be open on the connection. Its end is told, and the committer says so if it lasts.
        else if (!isBusy(error) && news.isWorthTelling(error)) logger.error("the inbox could not be emptied; it is tried again", { error });
      })
      .finally(() => {
        isTaking = false;
        if (!isEnded) nextTurn(onProgress);
      });
  };

  return {
    look,
    isDone: () => {
      if (isTaking) return false;
      if (inbox.isEmpty()) return true;
      look();
      return false;
    },
    end: () => {
      isEnded = true;
    },
  };
}

async function readRows(rows: readonly InboxRow[], { kernel: { domain, settings, clock, ids } }: Engine): Promise<readonly CheckedRow[]> {
  const rules = { domain, limits: settings.limits };
  const now = clock.now();
  const read: CheckedRow[] = [];
  let characters = 0;
  for (const row of rows) {
    if (characters >= CHARACTERS_IN_A_TURN) {
      await new Promise<void>((resolve) => nextTurn(resolve));
      characters = 0;
    }
    try {
      const checked = checkRow(row, rules, now);
      const event = checked instanceof Promise ? await inTime(checked, row, settings.handlerTimeoutMs) : checked;
      characters += event.payload.length;
      read.push({ row, event });
    } catch (error) {
      read.push({ row, letter: createInboxLetter(row, error, { deadLetterId: ids.next(), now }) });
    }
  }
  return read;
}

/** A schema that comes to no end must not hold up the rows behind. @throws ProcessError `EVENT_PAYLOAD_INVALID` */
async function inTime(checked: Promise<NewEvent>, { number, type }: InboxRow, timeoutMs: number): Promise<NewEvent> {
  return new Promise((resolve, reject) => {
    const callOff = callAt(steadyClock, steadyClock.now() + timeoutMs, () =>
      reject(
        new ProcessError(
          "EVENT_PAYLOAD_INVALID",
          `row ${number} of perdure_inbox: the schema of ${String(type)} has not answered in ${timeoutMs} ms`,
          {
            hint: "The row was taken out of the inbox, and is in its dead letter.",
          },
        ),
      ),
    );
    checked.finally(callOff).then(resolve, reject);
  });
}
