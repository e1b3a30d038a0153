import { callAt } from "../../../src/platform/clock.ts";
import { nextTurn } from "../../../src/platform/turn.ts";
import type { KeyContext, RestateService, Sdk, Send } from "../../../src/restate/host/sdk.ts";
import type { ManualClock } from "../../../src/testing/kit/manual-clock.ts";
import { RecordingContext, ReplayingContext } from "./fake-context.ts";

type FakeHandler = ((context: KeyContext, input: unknown) => Promise<unknown>) & { readonly options?: object; readonly isShared?: boolean };

/** What `sdk.object` and `sdk.service` of the fake make. */
export interface FakeService extends RestateService {
  readonly options: Readonly<Record<string, unknown>>;
  readonly handlers: Readonly<Record<string, FakeHandler>>;
  readonly isKeyed: boolean;
}

export class TerminalError extends Error {
  readonly code: number;
  constructor(message: string, { errorCode }: { readonly errorCode: number }) {
    super(message);
    this.code = errorCode;
  }
}

class CancelledError extends Error {}

const mark = (options: object, handler: unknown, isShared = false) =>
  Object.assign((context: KeyContext, input: unknown) => (handler as FakeHandler)(context, input), { options, isShared });

/** The part of the SDK that the services are made with. */
export const fakeSdk = {
  object: (definition: object) => ({ ...definition, isKeyed: true }),
  service: (definition: object) => ({ ...definition, isKeyed: false }),
  handlers: {
    handler: mark,
    object: {
      exclusive: (options: object, handler: unknown) => mark(options, handler),
      shared: (options: object, handler: unknown) => mark(options, handler, true),
    },
  },
  TerminalError,
  CancelledError,
  serde: { json: { contentType: "application/json", serialize: () => new Uint8Array(), deserialize: () => undefined } },
  createEndpointHandler: () => () => {},
} as unknown as Sdk;

interface Invocation {
  readonly id: string;
  readonly send: Send;
  isCancelled: boolean;
  /** Calls a delayed one off, or one that runs. */
  callOff: () => void;
}

/**
 * A server of Restate in memory: it keeps the state of each key, gives each key one turn at a time, brings messages, delayed ones at their moment, and
 * knows idempotency keys. Each turn is run a second time with the same answers, as after a crash, and has to do the same.
 */
export class FakeRestate {
  readonly clock: ManualClock;
  readonly errors: unknown[] = [];
  /** Every message, in the order in which they were sent. */
  readonly sent: Send[] = [];
  readonly #services = new Map<string, FakeService>();
  readonly #states = new Map<string, Map<string, string>>();
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #answers = new Map<string, { readonly answer: Promise<unknown> }>();
  readonly #invocations = new Map<string, Invocation>();
  #progress = 0;
  #turns = 0;

  constructor(clock: ManualClock) {
    this.clock = clock;
  }

  bind(services: readonly RestateService[]): void {
    for (const service of services) this.#services.set(service.name, service as FakeService);
  }

  /** The state of a key of an object, as JSON text by name. */
  state(service: string, key: string): ReadonlyMap<string, string> {
    return this.#stateOf(service, key);
  }

  /** Calls a handler and waits for its answer. @throws what it throws */
  async call(service: string, key: string, method: string, parameter: unknown, idempotencyKey?: string): Promise<unknown> {
    return this.#begin({
      service,
      key,
      method,
      parameter: copy(parameter),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      inputSerde: fakeSdk.serde.json,
    }).answer;
  }

  /** Whether a turn of a key is under way or waits: nobody sees what is done in a turn before it has ended. */
  get isInTurn(): boolean {
    return this.#turns > 0;
  }

  /** Returns when nothing moves any more but what waits for the clock, or for a handler that hangs. */
  async drain(): Promise<void> {
    let seen = -1;
    for (let still = 0; still < PATIENCE_TURNS; still += 1) {
      await new Promise<void>((resolve) => nextTurn(resolve));
      if (this.#progress !== seen) still = -1;
      seen = this.#progress;
    }
    if (this.errors.length > 0) throw this.errors[0];
  }

  #stateOf(service: string, key: string): Map<string, string> {
    const name = `${service}/${key}`;
    const state = this.#states.get(name) ?? new Map<string, string>();
    this.#states.set(name, state);
    return state;
  }

  #begin(send: Send): { readonly id: string; readonly answer: Promise<unknown> } {
    const { service, key = "", method, idempotencyKey, delay = 0 } = send;
    const once = idempotencyKey === undefined ? undefined : JSON.stringify([service, key, method, idempotencyKey]);
    const known = once === undefined ? undefined : this.#answers.get(once);
    if (known !== undefined) return { id: "known", answer: known.answer };
    const invocation: Invocation = { id: `inv-${this.#invocations.size + 1}`, send, isCancelled: false, callOff: () => {} };
    this.#invocations.set(invocation.id, invocation);
    this.#progress += 1;
    const answer = delay > 0 ? this.#delay(invocation, delay) : this.#queue(invocation);
    if (once !== undefined) this.#answers.set(once, { answer });
    answer.catch(() => {});
    return { id: invocation.id, answer };
  }

  #delay(invocation: Invocation, delay: number): Promise<unknown> {
    return new Promise((resolve) => {
      invocation.callOff = callAt(this.clock, this.clock.now() + delay, () => resolve(this.#queue(invocation)));
    });
  }

  #queue(invocation: Invocation): Promise<unknown> {
    const { service, key = "", method } = invocation.send;
    const bound = this.#services.get(service);
    const handler = bound?.handlers[method];
    if (bound === undefined || handler === undefined) throw new Error(`there is no handler ${service}/${method}`);
    if (!bound.isKeyed || handler.isShared === true) return this.#run(handler, invocation);
    const name = `${service}/${key}`;
    this.#turns += 1;
    const before = this.#queues.get(name) ?? Promise.resolve();
    const turn = before.then(() => this.#run(handler, invocation)).finally(() => void (this.#turns -= 1));
    this.#queues.set(
      name,
      turn.catch(() => {}),
    );
    return turn;
  }

  async #run(handler: FakeHandler, invocation: Invocation): Promise<unknown> {
    if (invocation.isCancelled) return undefined;
    const { send, id } = invocation;
    const { service, key = "" } = send;
    const cancelled = new Promise<never>((_, reject) => {
      if (!this.#isExplicit(service)) invocation.callOff = () => reject(new CancelledError("cancelled"));
    });
    cancelled.catch(() => {});
    const context = new RecordingContext({
      key,
      id,
      cancelled,
      state: this.#stateOf(service, key),
      now: () => this.clock.now(),
      send: (message) => {
        this.sent.push(message);
        return this.#begin({ ...message, parameter: copy(message.parameter) }).id;
      },
      cancel: (other) => this.#cancel(other),
    });
    try {
      const answer = await handler(context, copy(send.parameter));
      if (!invocation.isCancelled) await this.#repeat(handler, invocation, context);
      return copy(answer);
    } catch (error) {
      if (!(error instanceof TerminalError)) this.errors.push(error);
      throw error;
    } finally {
      this.#progress += 1;
    }
  }

  async #repeat(handler: FakeHandler, { send, id }: Invocation, { asked }: RecordingContext): Promise<void> {
    const context = new ReplayingContext({ key: send.key ?? "", id }, asked);
    await handler(context, copy(send.parameter));
    context.end();
  }

  #isExplicit(service: string): boolean {
    return this.#services.get(service)?.options["explicitCancellation"] === true;
  }

  #cancel(id: string): void {
    const invocation = this.#invocations.get(id);
    if (invocation === undefined) return;
    invocation.isCancelled = true;
    invocation.callOff();
  }
}

// A handler of a test may take some turns of the event loop.
const PATIENCE_TURNS = 20;

function copy<Value>(value: Value): Value {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as Value);
}
