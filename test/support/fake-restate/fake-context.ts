import { isDeepStrictEqual } from "node:util";
import type { KeyContext, Send } from "../../../src/restate/host/sdk.ts";

/** What a handler has asked for, in order, and what it was given. */
interface Asked {
  readonly what: unknown;
  readonly answer: unknown;
}

/** What a context does to the world around it. */
export interface ContextPorts {
  readonly key: string;
  readonly id: string;
  readonly state: Map<string, string>;
  readonly now: () => number;
  /** Returns the id of the invocation. */
  readonly send: (send: Send) => string;
  readonly cancel: (id: string) => void;
  /** Rejects when the invocation is cancelled; never settles otherwise. */
  readonly cancelled: Promise<never>;
}

/** A context that notes all that is asked of it, and the answers. Values go through JSON, as they do on the way to a server. */
export class RecordingContext implements KeyContext {
  readonly key: string;
  readonly asked: Asked[] = [];
  readonly #ports: ContextPorts;
  readonly date: KeyContext["date"];

  constructor(ports: ContextPorts) {
    this.key = ports.key;
    this.#ports = ports;
    this.date = { now: async () => this.#note(["now"], ports.now()) };
  }

  async get<Value>(name: string): Promise<Value | null> {
    const text = this.#ports.state.get(name);
    return this.#note(["get", name], text === undefined ? null : (JSON.parse(text) as Value));
  }

  async stateKeys(): Promise<string[]> {
    return this.#note(["stateKeys"], [...this.#ports.state.keys()]);
  }

  set(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.#note(["set", name, text], undefined);
    this.#ports.state.set(name, text);
  }

  clear(name: string): void {
    this.#note(["clear", name], undefined);
    this.#ports.state.delete(name);
  }

  clearAll(): void {
    this.#note(["clearAll"], undefined);
    this.#ports.state.clear();
  }

  async run<Value>(name: string, action: () => Promise<Value>): Promise<Value> {
    const value = await Promise.race([action(), this.#ports.cancelled]);
    return this.#note(["run", name], value === undefined ? value : (JSON.parse(JSON.stringify(value)) as Value));
  }

  genericSend(send: Send): { readonly invocationId: Promise<string> } {
    const id = this.#ports.send(send);
    this.#note(["send", describe(send)], id);
    return { invocationId: Promise.resolve(id) };
  }

  cancel(id: string): void {
    this.#note(["cancel", id], undefined);
    this.#ports.cancel(id);
  }

  request(): { readonly id: string } {
    return { id: this.#ports.id };
  }

  #note<Value>(what: unknown, answer: Value): Value {
    this.asked.push({ what, answer: structuredClone(answer) });
    return answer;
  }
}

/** Gives the same answers again, as to a handler that runs again after a crash, and refuses a handler that asks for something else. */
export class ReplayingContext implements KeyContext {
  readonly key: string;
  readonly #id: string;
  readonly #asked: readonly Asked[];
  #next = 0;
  readonly date: KeyContext["date"] = { now: async () => this.#answer(["now"]) as number };

  constructor({ key, id }: Pick<ContextPorts, "key" | "id">, asked: readonly Asked[]) {
    this.key = key;
    this.#id = id;
    this.#asked = asked;
  }

  get = async <Value>(name: string): Promise<Value | null> => this.#answer(["get", name]) as Value | null;
  stateKeys = async (): Promise<string[]> => this.#answer(["stateKeys"]) as string[];
  set = (name: string, value: unknown): void => void this.#answer(["set", name, JSON.stringify(value)]);
  clear = (name: string): void => void this.#answer(["clear", name]);
  clearAll = (): void => void this.#answer(["clearAll"]);
  run = async <Value>(name: string, _action: () => Promise<Value>): Promise<Value> => this.#answer(["run", name]) as Value;
  genericSend = (send: Send) => ({ invocationId: Promise.resolve(this.#answer(["send", describe(send)]) as string) });
  cancel = (id: string): void => void this.#answer(["cancel", id]);
  request = () => ({ id: this.#id });

  /** @throws if the handler has not asked for all that it had asked for before */
  end(): void {
    const left = this.#asked[this.#next];
    if (left !== undefined) throw new Error(`a repeated turn ended before it asked for ${JSON.stringify(left.what)}`);
  }

  #answer(what: unknown): unknown {
    const asked = this.#asked[this.#next];
    this.#next += 1;
    if (!isDeepStrictEqual(asked?.what, what)) {
      throw new Error(`a repeated turn asks for ${JSON.stringify(what)}, and had asked for ${JSON.stringify(asked?.what)}`);
    }
    return structuredClone(asked!.answer);
  }
}

/** What a server compares of a message: everything but when it is to arrive. */
function describe({ service, method, key, parameter, idempotencyKey }: Send): string {
  return JSON.stringify({ service, method, key, parameter, idempotencyKey });
}
