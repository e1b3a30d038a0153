import { connect, type Socket } from "node:net";
import { errorToText } from "../../errors.ts";
import { withoutContext } from "../../platform/async-context.ts";
import { steadyClock } from "../../platform/clock.ts";
import type { RouteRecord } from "../../store/routes.ts";
import { createFrameReader, writeFrame } from "./frames.ts";
import { findStranger, type Place } from "./place.ts";
import { type Answers, type Hello, isOfKind, type Refusal, type RelayedCall, type Welcome } from "./words.ts";

/** A connection to a worker that takes events. */
export interface Link {
  /** The worker's. */
  readonly routes: readonly RouteRecord[];
  /** It may be closed by the time at which whoever opens it has it. */
  readonly isOpen: boolean;
  /** A moment by this OS process's steady clock, as one by the worker's that is not later. */
  toWorkersClock(moment: number): number;
  send(calls: readonly RelayedCall[]): void;
  /** Whether the connection keeps this OS process alive. */
  hold(isHeld: boolean): void;
  close(): void;
}

export interface LinkListeners {
  readonly onAnswers: (answers: Answers["answers"]) => void;
  /** The worker has closed the connection, or has ended: of what it has not answered, it accepts nothing any more. */
  readonly onClosed: () => void;
}

/** Why there is no connection. */
export class NoLink extends Error {
  /** What whoever runs the system may want to know; `undefined`: there is no worker. */
  readonly news: string | undefined;

  constructor(news: string | undefined) {
    super(news ?? "no worker listens");
    this.news = news;
  }
}

// A worker answers at once, unless something blocks it.
const HELLO_PATIENCE_MS = 1_000;

/**
 * Calls `giveUp` after `ms`. If this OS process itself could do nothing meanwhile, an answer may be there that was not looked at, so that
 * the time begins anew, but not for ever. Returns how to call it off.
 */
function waitPatiently(ms: number, giveUp: () => void): () => void {
  let handle: unknown;
  let left = MOST_PATIENCES;
  const wait = () => {
    const dueAt = steadyClock.now() + ms;
    left -= 1;
    handle = steadyClock.setTimeout(() => (left > 0 && steadyClock.now() - dueAt > LATE_MS ? wait() : giveUp()), ms);
  };
  wait();
  return () => steadyClock.clearTimeout(handle);
}

const MOST_PATIENCES = 5;
const LATE_MS = 50;

/** @throws NoLink if no worker takes events at `place` */
export function openLink(place: Place, hello: Hello, listeners: LinkListeners): Promise<Link> {
  return new Promise((resolve, reject) => {
    let link: Link | undefined;
    let reason: NoLink | undefined;
    const stranger = findStranger(place);
    if (stranger !== undefined) return reject(new NoLink(stranger));
    const socket = withoutContext(() => connect(place.address));
    const callOff = waitPatiently(HELLO_PATIENCE_MS, () => fail("the worker has not answered"));
    const fail = (news: string | undefined) => {
      reason ??= new NoLink(news);
      socket.destroy();
    };
    socket.on("error", (error: NodeJS.ErrnoException) => fail(isNobody(error) ? undefined : error.message));
    socket.once("connect", () => socket.write(writeFrame(hello)));
    socket.once("close", () => {
      callOff();
      if (link === undefined) reject(reason ?? new NoLink(undefined));
      else listeners.onClosed();
    });
    readMessages(socket, fail, (message) => {
      if (link === undefined && isOfKind(message, "welcome")) {
        callOff();
        link = createLink(socket, message as Welcome);
        resolve(link);
      } else if (link === undefined && isOfKind(message, "refused")) fail((message as Refusal).why);
      else if (link !== undefined && isOfKind(message, "accepted")) listeners.onAnswers((message as Answers).answers);
      else fail("the worker has said something that nobody asked for");
    });
  });
}

function createLink(socket: Socket, { routes, clock }: Welcome): Link {
  // The worker has read its clock before, so that by now it shows more.
  const ahead = clock - steadyClock.now();
  return {
    routes,
    get isOpen() {
      return !socket.destroyed;
    },
    toWorkersClock: (moment) => moment + ahead,
    send: (calls) => void socket.write(writeFrame({ kind: "accept", calls })),
    hold: (isHeld) => void (isHeld ? socket.ref() : socket.unref()),
    close: () => void socket.destroy(),
  };
}

/** Hands on each message of a connection. What is no message ends it. */
export function readMessages(socket: Socket, fail: (news: string) => void, onMessage: (message: unknown) => void): void {
  const reader = createFrameReader();
  socket.on("data", (chunk: Buffer) => {
    try {
      for (const message of reader.read(chunk)) if (!socket.destroyed) onMessage(message);
    } catch (error) {
      fail(`what came over the socket cannot be read: ${errorToText(error)}`);
    }
  });
}

// There is no socket, nobody has it open, or its folder is missing.
function isNobody({ code }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR";
}
