import type { HandlerDefinition } from "./definition.ts";
import type { DiagnosticCode } from "../report/diagnostic-codes.ts";

/** A process's own chart: what `machine.ts` exports, and the handlers of its actions. */
export interface OwnChart extends Pick<ChartReading, "events" | "invoked"> {
  /** The machine as XState made it. Only the room `machine/` looks into it. */
  readonly machine: unknown;
  /** Handlers by the names that their actions have in the machine, such as `sendReminder`. */
  readonly actions: ReadonlyMap<string, HandlerDefinition>;
}

/** What a machine says, in the domain's words. */
export interface ChartReading {
  /** The types of the domain's events that one of its states reacts to. */
  readonly events: readonly string[];
  /** The named actions that are handlers: each needs a file, or an entry of `actions`. */
  readonly actions: readonly string[];
  /** What its states invoke, each once: the name of a command, or a process as `<aggregate>/<name>`. */
  readonly invoked: readonly string[];
  /** What in it cannot be run durably, each with what to write instead. */
  readonly problems: readonly ChartProblem[];
}

export interface ChartProblem {
  readonly severity: "error" | "warning";
  readonly code: DiagnosticCode;
  /** Names the place in the chart. */
  readonly reason: string;
  readonly fix: string;
}

/** Reads a machine. Whatever it is given, it answers: what is no machine is a problem. */
export type ReadChart = (machine: unknown) => ChartReading;
