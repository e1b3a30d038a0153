import { createServer, type Server, type Socket } from "node:net";
import { withoutContext } from "../../platform/async-context.ts";
import { steadyClock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import { errorToText } from "../../errors.ts";
import type { RouteRecord } from "../../store/routes.ts";
import type { AcceptNow } from "../commit/acceptor.ts";
import { writeFrame } from "./frames.ts";
import { readMessages } from "./link.ts";
import { type Place, type Settled, settleAt } from "./place.ts";
import { type Calls, findDifference, type Hello, isOfKind, type RelayedCall, tell, type ToldAcceptance, weigh } from "./words.ts";

/** Accepts events that others were given, as long as it is the worker. */
export interface Receiver {
  /** Takes nothing more. `isOrderly`: what is being accepted is answered first, and the socket is taken away. */
  end(isOrderly: boolean): void;
}

export interface ReceiverPorts {
  readonly place: Place;
  readonly hello: Hello;
  readonly routes: readonly RouteRecord[];
  readonly accept: AcceptNow;
  /** Whether the lease is held, by the transaction that is open. */
  readonly isWorker: () => boolean;
  readonly logger: Logger;
}

/** How much may be in one group commit: the rest waits for its turn, so that steps are not held up by what is accepted. */
const MOST_AT_ONCE = 128;

interface Connection {
  readonly socket: Socket;
  /** What it has sent and what is not being accepted yet. */
  readonly calls: RelayedCall[];
  isWelcome: boolean;
  /** Once it is not, nothing of it is accepted any more, because whoever has sent it accepts it itself. */
  isOpen: boolean;
  readonly answers: (readonly [id: number, told: readonly ToldAcceptance[]])[];
  accepting: number;
}

/** Listens at the place. If that fails, it says so, and others accept by themselves what they were given. */
export function receiveRelayed(ports: ReceiverPorts): Receiver {
  return new EventReceiver(ports);
}

class EventReceiver implements Receiver {
  readonly #ports: ReceiverPorts;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #settled: Settled | undefined;
  #weight = 0;
  #isEnding = false;

  constructor(ports: ReceiverPorts) {
    const { place, logger } = ports;
    this.#ports = ports;
    const tellFailure = (error: unknown) =>
      logger.warn(`${place.address} cannot be listened at, so that other OS processes accept their events without this worker`, { error });
    this.#server = createServer((socket) => this.#welcome(socket));
    this.#server.on("error", tellFailure);
    try {
      // In a worker of Node's cluster, it would otherwise be the primary that listens.
      this.#settled = settleAt(place, (path) => withoutContext(() => this.#server.listen({ path, exclusive: true })));
    } catch (error) {
      tellFailure(error);
    }
    this.#server.unref();
  }

  end(isOrderly: boolean): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    // As long as the server has it, no other socket is the same file.
    if (isOrderly) this.#settled?.clear();
    this.#server.close();
    for (const connection of this.#connections) {
      connection.calls.length = 0;
      if (!isOrderly || connection.accepting === 0) this.#close(connection);
    }
  }

  #welcome(socket: Socket): void {
    const connection: Connection = { socket, calls: [], isWelcome: false, isOpen: true, answers: [], accepting: 0 };
    this.#connections.add(connection);
    socket.unref();
    socket.on("error", () => this.#close(connection));
    socket.once("close", () => this.#close(connection));
    readMessages(
      socket,
      () => this.#close(connection),
      (message) => {
        if (!connection.isOpen || this.#isEnding) return;
        if (connection.isWelcome && isOfKind(message, "accept")) connection.calls.push(...(message as unknown as Calls).calls);
        else if (!connection.isWelcome && isOfKind(message, "hello")) this.#answerHello(connection, message as Hello);
        else this.#close(connection);
        this.#goOn();
      },
    );
  }

  #answerHello(connection: Connection, hello: Hello): void {
    const { hello: own, routes } = this.#ports;
    const difference = findDifference(hello, own);
    if (difference !== undefined) {
      connection.socket.end(writeFrame({ kind: "refused", why: `the worker takes none of them, because ${difference}` }));
      return this.#close(connection);
    }
    connection.isWelcome = true;
    connection.socket.write(writeFrame({ kind: "welcome", routes, clock: steadyClock.now() }));
  }

  /** Accepts of each connection in turn what there is room for. */
  #goOn(): void {
    for (let hasMore = true; hasMore;) {
      hasMore = false;
      for (const connection of this.#connections) {
        if (this.#weight >= MOST_AT_ONCE) return;
        const call = connection.calls.shift();
        if (call === undefined) continue;
        hasMore = true;
        void this.#accept(connection, call);
      }
    }
  }

  async #accept(connection: Connection, { id, until, events }: RelayedCall): Promise<void> {
    const weight = weigh(events);
    this.#weight += weight;
    connection.accepting += 1;
    try {
      const check = () => {
        if (!this.#ports.isWorker() || !connection.isOpen || steadyClock.now() >= until) throw new Error("nobody waits for it any more");
      };
      const acceptances = await this.#ports.accept(events, false, { check });
      this.#answer(connection, [id, tell(acceptances)]);
    } catch (error) {
      // Whoever has sent it tries it itself, finds the same, and can say so to who has dispatched it.
      this.#ports.logger.debug(`events that were relayed are not accepted: ${errorToText(error)}`);
      this.#close(connection);
    }
    this.#weight -= weight;
    connection.accepting -= 1;
    if (this.#isEnding && connection.accepting === 0) this.#close(connection);
    this.#goOn();
  }

  /** Answers all that one commit has made durable in one message. */
  #answer(connection: Connection, answer: Connection["answers"][number]): void {
    connection.answers.push(answer);
    if (connection.answers.length === 1) void Promise.resolve().then(() => this.#flush(connection));
  }

  #flush({ socket, answers }: Connection): void {
    if (answers.length === 0) return;
    socket.write(writeFrame({ kind: "accepted", answers }));
    answers.length = 0;
  }

  #close(connection: Connection): void {
    if (!connection.isOpen) return;
    connection.isOpen = false;
    connection.calls.length = 0;
    this.#connections.delete(connection);
    this.#flush(connection);
    connection.socket.destroySoon();
  }
}
