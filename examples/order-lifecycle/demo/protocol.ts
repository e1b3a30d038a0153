import type { CommittedStep, KnownEvent, Receipt, Timer } from "perdure";

/** What the story sends to the worker. The answer has the same `id`. */
export interface Request {
  readonly id: number;
  readonly question: Question;
}

export type Question =
  | { readonly ask: "start" }
  | { readonly ask: "dispatch"; readonly event: KnownEvent }
  | { readonly ask: "timers"; readonly aggregateId: string }
  | { readonly ask: "stop" };

/** What the worker tells the story. */
export type Message =
  { readonly tell: "opened" } | Step | Effect | { readonly tell: "answer"; readonly id: number; readonly answer: Answer };

/** An entry of an instance's journal, told after its commit. */
export interface Step {
  readonly tell: "step";
  readonly step: CommittedStep;
}

/** What a command handler did to the world outside. */
export interface Effect {
  readonly tell: "effect";
  readonly order: string;
  readonly command: string;
  readonly commandId: string;
  readonly text: string;
}

export type Answer =
  | { readonly to: "dispatch"; readonly outcome: Receipt["outcome"] }
  | { readonly to: "timers"; readonly timers: readonly Timer[] }
  | { readonly to: "start" | "stop" }
  | { readonly to: "refused"; readonly reason: string };
