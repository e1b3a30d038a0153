import { readPackageVersion } from "../../platform/package-folder.ts";
import type { NewEvent } from "../../store/events.ts";
import type { Acceptance } from "../commit/accept.ts";
import type { AcceptNow } from "../commit/acceptor.ts";
import type { CommitFeed } from "../commit/commit-feed.ts";
import { routeEvent } from "../commit/route-event.ts";
import { createPolicyRouter } from "../decide/policy-router.ts";
import { createRouter } from "../decide/router.ts";
import type { Kernel } from "../run/kernel.ts";
import { type Link, openLink } from "./link.ts";
import { findPlace } from "./place.ts";
import { type Receiver, receiveRelayed } from "./receiver.ts";
import { createSender } from "./sender.ts";
import { type Hello, PROTOCOL } from "./words.ts";

/** How OS processes on one file accept events: one of them, the worker, writes what all of them were given. */
export interface Relay {
  /** Has events accepted: by the worker, or here. */
  accept(events: readonly NewEvent[], areNew?: boolean): Promise<readonly Acceptance[]>;
  /** Takes what others were given. Call it when the lease was taken. */
  listen(): void;
  /** Takes nothing more. `isOrderly`: because this OS process stops, which leaves nothing behind and nobody without an answer. */
  hangUp(isOrderly: boolean): void;
  /** Resolves when nothing of this OS process is on its way to the worker, and after `timeoutMs` in any case. */
  drain(timeoutMs: number): Promise<void>;
  end(): void;
}

export interface RelayPorts {
  readonly kernel: Kernel;
  readonly feed: CommitFeed;
  readonly accept: AcceptNow;
  /** Whether this OS process is the worker, by its own word. */
  readonly isWorker: () => boolean;
  /** The same by the transaction that is open. */
  readonly holdsLease: () => boolean;
  /** What was relayed is durable. */
  readonly onTold: () => void;
}

export function createRelay(ports: RelayPorts): Relay {
  const { kernel, accept } = ports;
  const { file } = kernel.store;
  if (file === undefined || !kernel.settings.relay) {
    return {
      accept: (events, areNew) => accept(events, areNew),
      listen: () => {},
      hangUp: () => {},
      drain: () => Promise.resolve(),
      end: () => {},
    };
  }
  const place = findPlace(file.path);
  const hello: Hello = { kind: "hello", protocol: PROTOCOL, version: readPackageVersion(), schema: file.schema, file: file.identity };
  const sender = createSender({
    accept,
    isWorker: ports.isWorker,
    open: (listeners) => openLink(place, hello, listeners),
    routeBy: (link) => createRouting(kernel, link),
    onRelayed: (sums) => ports.feed.add(sums),
    onTold: ports.onTold,
    logger: kernel.logger,
  });
  let receiver: Receiver | undefined;
  return {
    accept: sender.accept,
    listen: () => {
      const { logger, routes } = kernel;
      receiver = receiveRelayed({ place, hello, routes, accept, isWorker: ports.holdsLease, logger });
    },
    hangUp: (isOrderly) => {
      receiver?.end(isOrderly);
      receiver = undefined;
    },
    drain: (timeoutMs) => sender.drain(timeoutMs),
    end: () => sender.end(),
  };
}

/** An OS process that is not the worker uses its own routes beside the worker's, as it does where it accepts by itself. */
function createRouting({ routes: own, domain, settings }: Kernel, link: Link) {
  const routes = [...own, ...link.routes];
  const routing = { router: createRouter(routes, domain.definitions), policyRouter: createPolicyRouter(routes), limits: settings.limits };
  return (event: NewEvent) => routeEvent(event, routing);
}
