import { ProcessError } from "../../errors.ts";
import { steadyClock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import { nextTurn } from "../../platform/turn.ts";
import type { NewEvent } from "../../store/events.ts";
import type { Acceptance } from "../commit/accept.ts";
import type { AcceptNow } from "../commit/acceptor.ts";
import type { Committed } from "../commit/commit-feed.ts";
import type { EventRoutes } from "../decide/router.ts";
import { type Link, type LinkListeners, NoLink } from "./link.ts";
import { createQueue } from "./queue.ts";
import { type Answers, HEAVIEST_CALL, hear, type RelayedCall, weigh } from "./words.ts";

/**
 * Has the worker accept the events that this OS process was given, or accepts them itself where no worker takes them. All calls that are on
 * their way at one time go the same way, so that events are accepted in the order in which they were dispatched.
 */
export interface Sender {
  accept(events: readonly NewEvent[], areNew?: boolean): Promise<readonly Acceptance[]>;
  /** Resolves when nothing is on its way to the worker, or what was has been accepted here, and after `timeoutMs` in any case. */
  drain(timeoutMs: number): Promise<void>;
  /** Ends the connection. Calls that are on their way are rejected, because nobody knows what becomes of them. */
  end(): void;
}

export interface SenderPorts {
  /** Accepts events in this OS process. */
  readonly accept: AcceptNow;
  /** Whether this OS process is the worker. */
  readonly isWorker: () => boolean;
  readonly open: (listeners: LinkListeners) => Promise<Link>;
  /** How events are routed that go over a link; `undefined` for an event that this OS process has to accept itself. */
  readonly routeBy: (link: Link) => (event: NewEvent) => EventRoutes | undefined;
  /** What the worker has accepted is durable. */
  readonly onRelayed: (sums: Partial<Committed>) => void;
  /** After all that came of one answer. */
  readonly onTold: () => void;
  readonly logger: Logger;
}

interface Call {
  readonly events: readonly NewEvent[];
  readonly weight: number;
  /** It was on its way to a worker that has not answered. */
  isRepeated: boolean;
  /** By the steady clock: then this OS process accepts the events itself. */
  giveUpAt: number;
  readonly resolve: (acceptances: readonly Acceptance[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker that stands still for longer does not hold up those who dispatch. */
const PATIENCE_MS = 3_000;

/** How much of one OS process may be on its way: the rest waits here, so that the worker also comes to its steps. */
const WINDOW = 128;

// How long nobody is looked for where nobody was found, and where a worker was found that takes nothing.
const PAUSE_MS = 500;
const LONG_PAUSE_MS = 5_000;

export function createSender(ports: SenderPorts): Sender {
  return new EventSender(ports);
}

class EventSender implements Sender {
  readonly #ports: SenderPorts;
  readonly #waiting = createQueue<Call>();
  readonly #relayed = new Map<number, Call>();
  #unsent: RelayedCall[] = [];
  #relayedWeight = 0;
  /** Calls that are being accepted here, and those of them that a worker was to accept. */
  #own = 0;
  #repeated = 0;
  #count = 0;
  #link: { readonly link: Link; readonly route: (event: NewEvent) => EventRoutes | undefined } | undefined;
  #isOpening = false;
  /** The first call waits until it is known whether there is a worker. Later ones do not, because it may be the next call that finds one. */
  #isFirst = true;
  #notBefore = Number.NEGATIVE_INFINITY;
  #toldNews: string | undefined;
  #patience: unknown;
  #isEnded = false;
  readonly #drained = new Set<() => void>();

  constructor(ports: SenderPorts) {
    this.#ports = ports;
  }

  // Handed on as it is, as a function.
  readonly accept: Sender["accept"] = (events, areNew) => {
    const isIdle = this.#waiting.first === undefined && this.#relayed.size === 0;
    if (isIdle && this.#ports.isWorker()) return this.#ports.accept(events, areNew);
    return new Promise((resolve, reject) => {
      if (this.#isEnded) return reject(refuseUnknown(events));
      this.#waiting.push({ events, weight: weigh(events), isRepeated: false, giveUpAt: 0, resolve, reject });
      this.#goOn();
    });
  };

  async drain(timeoutMs: number): Promise<void> {
    if (this.#isDrained()) return;
    await new Promise<void>((resolve) => {
      const giveUp = steadyClock.setTimeout(resolve, timeoutMs);
      this.#drained.add(() => {
        steadyClock.clearTimeout(giveUp);
        resolve();
      });
    });
  }

  end(): void {
    this.#isEnded = true;
    const left = [...this.#relayed.values(), ...this.#waiting.takeAll()];
    this.#forgetLink();
    for (const { reject, events } of left) reject(refuseUnknown(events));
    this.#tellDrained();
  }

  /** Lets as many of the waiting calls go as may go now, in order. */
  #goOn(): void {
    for (let call = this.#waiting.first; call !== undefined; call = this.#waiting.first) {
      const way = this.#findWay(call);
      if (way === "later") return;
      this.#waiting.take();
      if (way === "own") void this.#acceptHere(call);
      else this.#relay(call, way);
    }
  }

  /** How a call goes: it is accepted here, or over the link with these routes, or it waits. */
  #findWay(call: Call): "own" | "later" | readonly EventRoutes[] {
    const isOver = this.#relayed.size === 0;
    const own = isOver ? "own" : "later";
    if (call.isRepeated || call.weight > HEAVIEST_CALL || this.#ports.isWorker()) return own;
    if (this.#link === undefined) {
      void this.#look();
      return this.#isOpening && this.#isFirst ? "later" : own;
    }
    if (this.#own > 0 || (!isOver && this.#relayedWeight + call.weight > WINDOW)) return "later";
    const routes: EventRoutes[] = [];
    for (const event of call.events) {
      const found = this.#link.route(event);
      if (found === undefined) return own;
      routes.push(found);
    }
    return routes;
  }

  async #acceptHere(call: Call): Promise<void> {
    const { events, isRepeated, resolve, reject } = call;
    this.#own += 1;
    if (isRepeated) this.#repeated += 1;
    try {
      resolve(await this.#ports.accept(events, false, { mayBeStored: isRepeated }));
    } catch (error) {
      reject(error);
    }
    this.#own -= 1;
    if (isRepeated) this.#repeated -= 1;
    this.#tellDrained();
    this.#goOn();
  }

  #relay(call: Call, routes: readonly EventRoutes[]): void {
    const { link } = this.#link!;
    const id = (this.#count += 1);
    call.giveUpAt = steadyClock.now() + PATIENCE_MS;
    this.#relayedWeight += call.weight;
    this.#relayed.set(id, call);
    const events = call.events.map((event, index) => ({ ...event, routes: routes[index]! }));
    this.#unsent.push({ id, until: link.toWorkersClock(call.giveUpAt), events });
    // All calls of one turn are one message.
    if (this.#unsent.length === 1) nextTurn(() => this.#send());
    if (this.#relayed.size === 1) {
      link.hold(true);
      this.#waitForAnswer(PATIENCE_MS);
    }
  }

  #send(): void {
    const calls = this.#unsent;
    this.#unsent = [];
    if (calls.length > 0) this.#link?.link.send(calls);
  }

  #waitForAnswer(ms: number): void {
    steadyClock.clearTimeout(this.#patience);
    this.#patience = steadyClock.setTimeout(() => {
      // If this OS process could do nothing for long, what has come meanwhile is heard before the next turn.
      nextTurn(() => this.#lookForAnswer());
    }, ms);
  }

  #lookForAnswer(): void {
    const [oldest] = this.#relayed.values();
    if (oldest === undefined) return;
    const left = oldest.giveUpAt - steadyClock.now();
    if (left > 0) return this.#waitForAnswer(left);
    this.#ports.logger.warn(`the worker has not answered for ${PATIENCE_MS / 1000} s; events are accepted without it`);
    this.#breakLink(LONG_PAUSE_MS);
  }

  #take(answers: Answers["answers"]): void {
    for (const [id, told] of answers) {
      const call = this.#relayed.get(id);
      if (call === undefined || call.events.length !== told.length) return this.#breakLink(LONG_PAUSE_MS);
      this.#relayed.delete(id);
      this.#relayedWeight -= call.weight;
      const { acceptances, sums } = hear(call.events, told);
      this.#ports.onRelayed(sums);
      call.resolve(acceptances);
    }
    if (this.#relayed.size === 0) {
      this.#link?.link.hold(false);
      steadyClock.clearTimeout(this.#patience);
    }
    nextTurn(this.#ports.onTold);
    this.#tellDrained();
    this.#goOn();
  }

  /** Looks for a worker, unless it is too early to look again. */
  async #look(): Promise<void> {
    if (this.#isOpening || this.#isEnded || steadyClock.now() < this.#notBefore) return;
    this.#isOpening = true;
    try {
      const onClosed = () => this.#breakLink(PAUSE_MS);
      const link = await this.#ports.open({ onAnswers: (answers) => this.#take(answers), onClosed });
      link.hold(false);
      if (this.#isEnded) link.close();
      else if (link.isOpen) this.#link = { link, route: this.#ports.routeBy(link) };
    } catch (error) {
      this.#noteNobody(error);
    }
    this.#isOpening = false;
    this.#isFirst = false;
    this.#goOn();
  }

  #noteNobody(error: unknown): void {
    const news = error instanceof NoLink ? error.news : String(error);
    this.#notBefore = steadyClock.now() + (news === undefined ? PAUSE_MS : LONG_PAUSE_MS);
    if (news === undefined || news === this.#toldNews) return;
    this.#toldNews = news;
    this.#ports.logger.warn(`events are accepted without the worker: ${news}`);
  }

  /** What is on its way is accepted here, under the same identities and before everything else. */
  #breakLink(pauseMs: number): void {
    if (this.#link === undefined) return;
    const left = [...this.#relayed.values()];
    this.#forgetLink();
    this.#notBefore = steadyClock.now() + pauseMs;
    for (const call of left) call.isRepeated = true;
    this.#waiting.putBack(left);
    this.#goOn();
  }

  #forgetLink(): void {
    steadyClock.clearTimeout(this.#patience);
    this.#link?.link.close();
    this.#link = undefined;
    this.#relayed.clear();
    this.#relayedWeight = 0;
    this.#unsent = [];
  }

  #isDrained(): boolean {
    return this.#waiting.first === undefined && this.#relayed.size === 0 && this.#repeated === 0;
  }

  #tellDrained(): void {
    if (!this.#isDrained()) return;
    for (const tell of this.#drained) tell();
    this.#drained.clear();
  }
}

function refuseUnknown(events: readonly NewEvent[]): ProcessError {
  return new ProcessError("SYSTEM_STOPPED", "the system was stopped before the worker had answered whether these events are stored", {
    hint: "Start it again, then dispatch them again with the same eventId: what is stored is a duplicate.",
    details: { eventIds: events.map(({ eventId }) => eventId) },
  });
}
