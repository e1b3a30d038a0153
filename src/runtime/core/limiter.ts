import type { CommandRecord } from "../../store/commands.ts";
import type { ProcessError } from "../../errors.ts";

/** Keeps commands to the limits that they have. A host without one has no limits. */
export interface Limiter {
  /**
   * What becomes of a lane that has come to a command: a place, or a wait, after which the lane is woken, or a refusal, because nobody can tell
   * what the command counts with.
   */
  admit(command: CommandRecord): Admission;
  /** Whether a lane that comes to the command now would get a place at once. */
  isFree(command: CommandRecord): boolean;
  /** Notes that a lane has come to its end for now, so that a place that was kept for it is for another. */
  leave(lane: string): void;
}

export type Admission =
  | { readonly outcome: "place"; readonly place: Place | undefined }
  | { readonly outcome: "wait" }
  | { readonly outcome: "refused"; readonly error: ProcessError };

/** The right to make one attempt at a command. */
export interface Place {
  /** Notes that the attempt begins. */
  begin(): void;
  /** Gives the place back, whether the attempt has begun or not. Call it once. */
  end(): void;
}

/** Where there are no limits, no place is needed. */
export const unlimited: Admission = { outcome: "place", place: undefined };
