import type { Program } from "../program.ts";

export type PeerName = "bullmq" | "emmett" | "xstate";

export interface PeerOptions {
  /** The database's file; what else a peer needs lies beside it. */
  readonly path: string;
  /** The folder in which the peer's packages are installed. */
  readonly packages: string;
}

/** What other people use for such work, doing W1 as durably as Perdure does. */
export interface Peer {
  /** As a row of the table names it. */
  readonly title: string;
  /** How many orders it is given by 100 callers; a quick run gives a fifth of them, one caller a quarter. */
  readonly orders: number;
  /** What it needs of the registry; nothing, if that is there anyway. */
  readonly packages: readonly string[];
  /** Why it cannot run on this machine, if that is so. */
  missing(): string | undefined;
  open(options: PeerOptions): Promise<Program>;
}
