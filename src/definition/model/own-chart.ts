import type { HandlerDefinition } from "./definition.ts";
import type { DiagnosticCode } from "../report/diagnostic-codes.ts";

/**
 * A process's own chart: what `machine.ts` exports, and the handlers of its actions. What the machine says is not in it until `loadDomain` has
 * read the machine.
 */
export interface OwnChart extends Pick<ChartReading, "events" | "raised" | "invoked" | "ends" | "stuck" | "contextKeys"> {
  /** The machine as XState made it. Only the room `machine/` looks into it. */
  readonly machine: unknown;
  /** Handlers by the names that their actions have in the machine, such as `sendReminder`. */
  readonly actions: ReadonlyMap<string, HandlerDefinition>;
  /** Its `machine.ts`; `undefined` for a machine that was given to `defineProcess`. */
  readonly file: string | undefined;
  /** What deserves a second look in it. */
  readonly advice: readonly ChartProblem[];
}

/** What a machine says, in the domain's words. */
export interface ChartReading {
  /** The types of the domain's events that one of its states reacts to. */
  readonly events: readonly string[];
  /** Those of `events` that the chart raises itself, so that nobody else has to. */
  readonly raised: readonly string[];
  /** The named actions that are handlers: each needs a file, or an entry of `actions`. */
  readonly actions: readonly string[];
  /** The named actions that are in `problems`: whether they have handlers says nothing. */
  readonly refusedActions: readonly string[];
  /** What its states invoke, each once: the name of a command, or a process as `<aggregate>/<name>`. */
  readonly invoked: readonly string[];
  /** Whether one of its ways leads to its end. */
  readonly ends: boolean;
  /** States that nothing leaves and that are not final, such as `the state payment.refused`. */
  readonly stuck: readonly string[];
  /** The keys of the context of a new instance; `undefined` if a function makes it. */
  readonly contextKeys: readonly string[] | undefined;
  /** What in it cannot be run durably, each with what to write instead; warnings are advice. */
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
