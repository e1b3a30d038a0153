import { ProcessError } from "../../errors.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Intervention } from "../../store/intervention.ts";
import type { RequestAnswer, RequestBody, Requests } from "../../store/requests.ts";
import { writeRefusal } from "./asker.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import { endsWork } from "../run/ends-work.ts";
import { createFailureNews } from "../commit/failure-news.ts";
import type { CommitFeed } from "../commit/commit-feed.ts";
import type { Run } from "../run/run.ts";

/**
 * Carries out what other OS processes have asked for; each request once, also if it is still there at the next look. It has a page in
 * hand at most: the work goes on between two pages, however fast requests come.
 */
export interface RequestRunner {
  look(): void;
  /** Whether there is more to be done than was seen, or something to be tried again. */
  readonly isBehind: boolean;
}

// As many as a commit holds: a worker among busy clients seldom comes to one.
const PAGE = 512;

type Wake = Extract<RequestBody, { kind: "wake" }>;

/** `isMainStore`: the requests lie beside the letters, so that one transaction can carry out and answer. */
export function createRequestRunner(ports: {
  readonly requests: Requests;
  readonly write: (work: () => void) => Promise<void>;
  readonly isMainStore: boolean;
  readonly run: Run;
  readonly feed: CommitFeed;
  readonly logger: Logger;
  /** A page was carried out, and there is another: has `look` called in a turn of its own. */
  readonly lookAgain: () => void;
}): RequestRunner {
  const { requests, write, isMainStore, run, feed, logger, lookAgain } = ports;
  const inHand = new Set<number>();
  const news = createFailureNews();
  let isBehind = false;

  /** All of a page at once, because one commit for each would keep the worker from its own. */
  const wake = async (ids: readonly number[], bodies: readonly Wake[]): Promise<void> => {
    const remove = () => {
      for (const id of ids) requests.remove(id);
    };
    const mailboxes = bodies.flatMap((body) => body.mailboxes.map(keyToId));
    // Whether the removal took effect or not: a wake-up too many does nothing.
    await write(remove).finally(() => {
      run.wake(mailboxes);
      run.wakeLanes(bodies.flatMap(({ lanes = [] }) => lanes));
    });
    const accepted = bodies.reduce((sum, body) => sum + body.accepted, 0);
    feed.add({ accepted, waiting: mailboxes.length, foreign: bodies.some(({ letters }) => letters === true) });
    feed.publish();
  };

  const intervene = async (id: number, intervention: Intervention): Promise<void> => {
    const answerDone = () => requests.answer(id, { outcome: "done" });
    try {
      await run.intervene(intervention, isMainStore ? answerDone : undefined);
      // Between two files a crash can fall: then the request is found again, refused as done, and answered so.
      if (!isMainStore) await write(answerDone);
    } catch (error) {
      if (!ProcessError.is(error) || error.code === "SYSTEM_STOPPED" || endsWork(error)) throw error;
      const answer: RequestAnswer = { outcome: "refused", refusal: writeRefusal(error) };
      await write(() => requests.answer(id, answer));
    }
  };

  const takeInHand = async (ids: readonly number[], work: Promise<void>): Promise<void> => {
    for (const id of ids) inHand.add(id);
    let hasFailed = false;
    try {
      await work;
      news.end();
    } catch (error) {
      hasFailed = true;
      isBehind = true;
      const what = ids.length === 1 ? `request ${ids[0]}` : `requests ${ids[0]} to ${ids.at(-1)}`;
      if (news.isWorthTelling(error)) logger.error(`${what} could not be carried out; it is tried again`, { error });
    }
    for (const id of ids) inHand.delete(id);
    // What has failed waits for the next look: at once, it would fail again.
    if (isBehind && !hasFailed) lookAgain();
  };

  return {
    look: () => {
      // If the look fails, the change that called for it is not told again.
      isBehind = true;
      // Those in hand are open, and none that is open lies before them, so that there are never more than a page of them.
      const open = requests.open(PAGE);
      isBehind = open.length === PAGE;
      const wakes: { readonly id: number; readonly body: Wake }[] = [];
      for (const { id, body } of open) {
        if (inHand.has(id)) continue;
        if (body.kind === "wake") wakes.push({ id, body });
        else void takeInHand([id], intervene(id, body));
      }
      if (wakes.length === 0) return;
      const ids = wakes.map(({ id }) => id);
      void takeInHand(
        ids,
        wake(
          ids,
          wakes.map(({ body }) => body),
        ),
      );
    },
    get isBehind() {
      return isBehind;
    },
  };
}
