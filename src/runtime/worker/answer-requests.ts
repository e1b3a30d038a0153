import { ProcessError } from "../../errors.ts";
import type { Logger } from "../../platform/logger.ts";
import type { RequestAnswer, RequestRecord, Requests } from "../../store/requests.ts";
import { writeRefusal } from "./asker.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import { endsWork } from "../run/ends-work.ts";
import type { CommitFeed } from "../commit/commit-feed.ts";
import type { ActiveRun } from "../run/run.ts";

/** Carries out what other OS processes have asked for; each request once, also if it is still there at the next look. */
export interface RequestDesk {
  look(): void;
  /** Whether there is more to be done than was seen, or something to be tried again. */
  readonly isBehind: boolean;
}

const PAGE = 256;

/** `isMainStore`: the requests lie beside the letters, so that one transaction can settle and answer. */
export function createRequestDesk(ports: {
  readonly requests: Requests;
  readonly write: (work: () => void) => Promise<void>;
  readonly isMainStore: boolean;
  readonly run: ActiveRun;
  readonly feed: CommitFeed;
  readonly logger: Logger;
}): RequestDesk {
  const { requests, write, isMainStore, run, feed, logger } = ports;
  const inHand = new Set<number>();
  let isBehind = false;

  const carryOut = async ({ id, body }: RequestRecord): Promise<void> => {
    if (body.kind === "wake") {
      // Whether the removal took effect or not: a wake-up too many does nothing.
      await write(() => requests.remove(id)).finally(() => run.wake(body.mailboxes.map(keyToId)));
      feed.add({ accepted: body.accepted, waiting: body.mailboxes.length });
      feed.publish();
      return;
    }
    const { deadLetterId, ...settlement } = body;
    const answerDone = () => requests.answer(id, { outcome: "done" });
    try {
      await run.settle(deadLetterId, settlement, isMainStore ? answerDone : undefined);
      // Between two files a crash can fall: then the request is found again, refused as settled, and answered so.
      if (!isMainStore) await write(answerDone);
    } catch (error) {
      if (!ProcessError.is(error) || error.code === "SYSTEM_STOPPED" || endsWork(error)) throw error;
      const answer: RequestAnswer = { outcome: "refused", refusal: writeRefusal(error) };
      await write(() => requests.answer(id, answer));
    }
  };

  return {
    look: () => {
      // If the look fails, the change that called for it is not told again.
      isBehind = true;
      const open = requests.open(PAGE + inHand.size);
      isBehind = open.length === PAGE + inHand.size;
      for (const request of open) {
        if (inHand.has(request.id)) continue;
        inHand.add(request.id);
        carryOut(request)
          .catch((error: unknown) => {
            isBehind = true;
            logger.error(`request ${request.id} could not be carried out; it is tried again`, { error });
          })
          .finally(() => inHand.delete(request.id));
      }
    },
    get isBehind() {
      return isBehind;
    },
  };
}
