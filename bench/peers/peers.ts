import { openBullmq } from "./bullmq-program.ts";
import { openEmmett } from "./emmett-program.ts";
import type { Peer, PeerName } from "./peer.ts";
import { findRedisProblem } from "./redis-server.ts";
import { openXState } from "./xstate-program.ts";

export const peers: Readonly<Record<PeerName, Peer>> = {
  bullmq: {
    title: "BullMQ on Redis, appendfsync always",
    orders: 2_000,
    packages: ["bullmq@^6", "ioredis@^5"],
    missing: findRedisProblem,
    open: openBullmq,
  },
  emmett: {
    title: "Emmett on SQLite",
    orders: 200,
    // Of one version, because each fits the other exactly.
    packages: ["@event-driven-io/emmett@0.38.5", "@event-driven-io/emmett-sqlite@0.38.5", "sqlite3@^5.1.7"],
    missing: () => undefined,
    open: openEmmett,
  },
  xstate: {
    title: "XState, a snapshot per transition",
    orders: 2_000,
    packages: [],
    missing: () => undefined,
    open: openXState,
  },
};
