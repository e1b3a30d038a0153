import { setTimeout as sleep } from "node:timers/promises";
import { defineProcess } from "perdure";
import { connectRestate } from "perdure/restate";
import type { KeyView } from "../../../src/restate/wire/messages.ts";
import { serviceOf } from "../../../src/restate/wire/names.ts";
import type { MailboxKey } from "../../../src/store/mailbox.ts";
import { until } from "../../support/patience.ts";
import { silentLogger } from "../../support/silent-logger.ts";
import type { Stream } from "./plan.ts";
import { createShop } from "./shop.mjs";

/** Whoever dispatches and looks, over outages of the server: what was not answered is asked again. */
export interface Caller {
  /** Dispatches events one after the other. */
  dispatch(stream: Stream): Promise<void>;
  read(key: MailboxKey, processId?: string): Promise<KeyView>;
  /** Reads a key again and again until `is` says so. */
  until(key: MailboxKey, is: (view: KeyView) => boolean): Promise<KeyView>;
  retry(key: MailboxKey, deadLetterId: string): Promise<void>;
}

const PAUSE_MS = 50;
const PATIENCE_MS = 60_000;

export async function createCaller(ingress: string): Promise<Caller> {
  const refuse = () => Promise.reject(new Error("a caller runs no handler"));
  const { definitions } = createShop({ defineProcess, act: refuse, watchTimeout: "1s" });
  const system = await connectRestate({ definitions, ingress, retryFor: "2m", logger: silentLogger });
  const ask = async (path: string, body: unknown, idempotencyKey?: string): Promise<string> => {
    for (const limit = Date.now() + PATIENCE_MS; ;) {
      const outcome = await post(`${ingress}/${path}`, body, idempotencyKey);
      if (outcome.status !== undefined && outcome.status < 300) return outcome.text;
      const isPassing = outcome.status === undefined || outcome.status >= 500 || outcome.status === 429;
      if (!isPassing || Date.now() > limit) throw new Error(`${path}: ${outcome.status} ${outcome.text}`);
      await sleep(PAUSE_MS);
    }
  };
  const read: Caller["read"] = async ({ process, aggregateId }, processId) =>
    JSON.parse(await ask(`${serviceOf(process)}/${aggregateId}/read`, { processId })) as KeyView;
  return {
    dispatch: async ({ aggregateId, events }) => {
      for (const event of events) await system.dispatch({ ...event, aggregateId });
    },
    read,
    until: (key, is) => until(() => read(key), is, PATIENCE_MS),
    retry: async ({ process, aggregateId }, deadLetterId) => {
      const path = `${serviceOf(process)}/${aggregateId}/settle`;
      await ask(path, { deadLetterId, settlement: { kind: "retry" } }, `retry-${deadLetterId}`);
    },
  };
}

async function post(url: string, body: unknown, idempotencyKey: string | undefined): Promise<{ status?: number; text: string }> {
  try {
    const headers = { "content-type": "application/json", ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }) };
    // A server that was killed may leave a connection that nobody closes.
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    return { text: String(error) };
  }
}
