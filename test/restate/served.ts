import { randomUUID } from "node:crypto";
import { serveRestate, type ServeRestateOptions } from "perdure/restate";
import { createAddressing } from "../../src/restate/wire/addressing.ts";
import type { AcceptInput, KeyView } from "../../src/restate/wire/messages.ts";
import { idempotencyKeyOf, serviceOf } from "../../src/restate/wire/names.ts";
import type { MailboxKey } from "../../src/store/mailbox.ts";
import { listRoutes } from "../../src/runtime/decide/router.ts";
import { until } from "../support/patience.ts";
import type { RestateServer } from "../support/restate-server.ts";

/** An event as a test says it. */
export interface GivenEvent {
  readonly type: string;
  readonly payload?: object;
  readonly eventId?: string;
  readonly occurredAt?: number;
}

/** Processes that are served to a server, which is spoken to as a client speaks: by HTTP alone. */
export interface Served extends AsyncDisposable {
  readonly uri: string;
  /** Dispatches an event for an aggregate. Returns what the server says of it: `Accepted` or `PreviouslyAccepted`. */
  dispatch(aggregateId: string, event: GivenEvent): Promise<string>;
  /** Calls a handler. @throws with the status and the text of the answer, if it is no success */
  call(service: string, key: string, handler: string, input: unknown, headers?: Readonly<Record<string, string>>): Promise<unknown>;
  read(key: MailboxKey, processId?: string): Promise<KeyView>;
  /** Reads a key again and again until `is` says so. */
  until(key: MailboxKey, is: (view: KeyView) => boolean): Promise<KeyView>;
  /** The kinds of what has happened to an instance, oldest first; of the newest, if none is named. */
  history(key: MailboxKey, processId?: string): Promise<readonly string[]>;
}

/** `definitions` are given to `serveRestate` too. The services are registered at once. */
export async function serve(server: RestateServer, options: ServeRestateOptions): Promise<Served> {
  const served = await serveRestate({ port: 0, address: "127.0.0.1", ...options });
  const uri = `http://127.0.0.1:${served.port}`;
  await server.register(uri);
  const addressOf = createAddressing(listRoutes(options.definitions ?? []));

  const post = async (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const answer = await fetch(`${server.ingress}/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  const call: Served["call"] = (service, key, handler, input, headers) =>
    post(`${service}/${encodeURIComponent(key)}/${handler}`, input, headers);
  const read: Served["read"] = async ({ process, aggregateId }, processId) =>
    (await call(serviceOf(process), aggregateId, "read", { processId })) as KeyView;

  return {
    uri,
    call,
    read,
    dispatch: async (aggregateId, { type, payload = {}, eventId = randomUUID(), occurredAt = Date.now() }) => {
      const acceptedAt = Date.now();
      const event: AcceptInput = {
        eventId,
        type,
        aggregateId,
        payload: JSON.stringify(payload),
        occurredAt,
        acceptedAt,
        correlationId: null,
        causationId: null,
      };
      const address = addressOf(type);
      const headers = { "idempotency-key": idempotencyKeyOf(eventId) };
      const sent =
        address.to === "object"
          ? call(serviceOf(address.process), aggregateId, "accept/send", event, headers)
          : call(`${options.name ?? "perdure"}.intake`, aggregateId, "accept/send", [event], headers);
      return ((await sent) as { readonly status: string }).status;
    },
    until: (key, is) => until(() => read(key), is, PATIENCE_MS),
    history: async (key, processId) => {
      const named = processId ?? (await read(key)).instances[0]!.processId;
      return (await read(key, named)).journal!.map(({ kind }) => kind);
    },
    [Symbol.asyncDispose]: () => served.stop({ timeout: 0 }),
  };
}

const PATIENCE_MS = 20_000;
