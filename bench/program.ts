import type { Telemetry } from "perdure";
import type { OrderEvent } from "./orders.ts";

/** What is measured: Perdure, or the ceiling. The same feeders drive both. */
export interface Program {
  dispatch(event: OrderEvent): Promise<unknown>;
  /** All of them in one transaction. */
  dispatchList(events: readonly OrderEvent[]): Promise<unknown>;
  /** Resolves when every event is handled and every due command is executed, and all that is durable. */
  whenIdle(): Promise<void>;
  /** What is in the file by now. */
  tally(): Promise<Tally>;
  stop(): Promise<void>;
}

export interface Tally {
  /** Instances that have completed. */
  readonly completed: number;
  /** Instances whose timeout has run. */
  readonly timedOut: number;
  /** Commands whose moment has not come. */
  readonly waitingCommands: number;
  /** How often a command's handler has run. */
  readonly executed: number;
}

export interface ProgramOptions {
  readonly path: string;
  /** Whether each order remembers some 500 bytes, and something of them changes with each event. Default: no. */
  readonly remembers?: boolean;
  /** How many browsers look at Perdure's overview meanwhile. Default: 0. */
  readonly pages?: number;
  /** What is told what Perdure does, if anything is. */
  readonly telemetry?: Telemetry | undefined;
  /** Is told of each event when what it changed is durable. */
  readonly onStored?: (event: Pick<OrderEvent, "aggregateId" | "type">) => void;
}

export type ProgramName = "perdure" | "ceiling";
