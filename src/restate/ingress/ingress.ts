import { ProcessError } from "../../errors.ts";
import { formatBytes, countBytes, isLonger } from "../../platform/size.ts";
import type { ChangeInput, KeyView, ReadInput, SettleInput } from "../wire/messages.ts";
import { checkKey, serviceOf } from "../wire/names.ts";
import { readRefusal } from "../wire/refusal.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import { type Answer, type Ask, readFailure } from "./patience.ts";

/** A handler of an object at one key. */
export interface Target {
  readonly service: string;
  readonly key: string;
  readonly handler: string;
}

/** What became of a message that nobody waits for. It is durable. */
export interface Sent {
  readonly invocationId: string;
  /** Whether it was sent before under the same idempotency key. */
  readonly isRepeated: boolean;
}

/**
 * The ingress of a server of Restate.
 * Each call rejects with a ProcessError: `KEY_UNUSABLE`, `RESTATE_UNREACHABLE`, `RESTATE_UNREGISTERED`, `RESTATE_REFUSED`, or what the
 * handler refuses with.
 */
export interface Ingress {
  readonly url: string;
  /** Resolves if the server is there. */
  check(): Promise<void>;
  /** Sends a message, which arrives once however often it is sent under one idempotency key. */
  send(target: Target, idempotencyKey: string, input: unknown): Promise<Sent>;
  /** Calls a handler, once however often it is called under one idempotency key, and resolves with what it returns. Without a key it only reads. */
  call(target: Target, idempotencyKey: string | undefined, input: unknown): Promise<unknown>;
  /** What an invocation returns, once it has ended; `undefined` if the server does not know it any more. */
  attach(invocationId: string): Promise<unknown>;
  /** All there is of a key. It waits for no handler. */
  read(key: MailboxKey, input?: ReadInput): Promise<KeyView>;
  /** Resolves when the letter is settled. */
  settle(key: MailboxKey, input: SettleInput, idempotencyKey: string): Promise<void>;
  /** Resolves when the instance is changed. */
  change(key: MailboxKey, input: ChangeInput, idempotencyKey: string): Promise<void>;
}

/** The largest message. The server takes 32 MB, and what is in it is written once more on the way to its handler. */
export const LARGEST_MESSAGE = 24_000_000;

export function createIngress(url: string, ask: Ask): Ingress {
  const base = url.replace(/\/+$/, "");
  const post = async (path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    ask(`${base}${path}`, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });

  const call = async (target: Target, input: unknown, headers?: Readonly<Record<string, string>>): Promise<unknown> =>
    readAnswer(await post(pathOf(target), JSON.stringify(input), headers), nameOf(target));

  return {
    url,
    check: async () => void readAnswer(await ask(`${base}/restate/health`, { method: "GET" }), `the health of ${url}`),
    send: async (target, idempotencyKey, input) => {
      const body = JSON.stringify(input);
      if (isLonger(body, LARGEST_MESSAGE)) throw refuseSize(target, countBytes(body));
      const answer = await post(`${pathOf(target)}/send`, body, { "idempotency-key": idempotencyKey });
      const { invocationId, status } = readAnswer(answer, nameOf(target)) as { readonly invocationId: string; readonly status: string };
      return { invocationId, isRepeated: status === "PreviouslyAccepted" };
    },
    call: (target, idempotencyKey, input) => call(target, input, idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    attach: async (invocationId) => {
      const answer = await ask(`${base}/restate/invocation/${encodeURIComponent(invocationId)}/attach`, { method: "GET" });
      const isForgotten = answer.status === 404 && readRefusal(readFailure(answer.text).message) === undefined;
      return isForgotten ? undefined : readAnswer(answer, `the invocation ${invocationId}`);
    },
    read: async (key, input = {}) => (await call(targetOf(key, "read"), input)) as KeyView,
    change: async (key, input, idempotencyKey) => void (await call(targetOf(key, "change"), input, { "idempotency-key": idempotencyKey })),
    settle: async (key, input, idempotencyKey) => void (await call(targetOf(key, "settle"), input, { "idempotency-key": idempotencyKey })),
  };
}

/** A handler of the object of a key's process. */
export function targetOf({ process, aggregateId }: MailboxKey, handler: string): Target {
  checkKey({ process, aggregateId });
  return { service: serviceOf(process), key: aggregateId, handler };
}

/** A key may be any text: it is one segment of the path. */
function pathOf({ service, key, handler }: Target): string {
  return `/${[service, key, handler].map(encodeURIComponent).join("/")}`;
}

function nameOf({ service, key, handler }: Target): string {
  return `${service}/${key}/${handler}`;
}

/** @throws ProcessError for everything but success */
function readAnswer({ status, text }: Pick<Answer, "status" | "text">, name: string): unknown {
  if (status < 300) return text === "" ? undefined : JSON.parse(text);
  const { message, source } = readFailure(text);
  if (status === 404 && source === "ingress") throw refuseUnregistered(name, message);
  throw (
    readRefusal(message) ??
    new ProcessError("RESTATE_REFUSED", `the server of Restate answers ${status} to ${name}: ${message}`, { details: { status } })
  );
}

function refuseUnregistered(name: string, message: string): ProcessError {
  return new ProcessError("RESTATE_UNREGISTERED", `${name}: ${message}`, {
    hint: "Nothing was accepted. Register the deployment that has it: perdure restate register.",
    details: { target: name },
  });
}

function refuseSize(target: Target, bytes: number): ProcessError {
  return new ProcessError(
    "EVENT_INVALID",
    `${nameOf(target)}: the message is ${formatBytes(bytes)} as JSON, and Restate takes ${formatBytes(LARGEST_MESSAGE)}`,
    { hint: "Nothing was accepted. Dispatch shorter lists, or put what is large elsewhere and its address into the payload." },
  );
}
