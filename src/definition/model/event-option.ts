import type { StandardSchema } from "./standard-schema.ts";

/** What an event's file exports, said in code. */
export interface EventOption {
  /** Checks the payload when the event is dispatched. Without it, a payload is any object. */
  readonly payload?: StandardSchema;
}

/** Events by type, each with what its file would export: `{ OrderPlaced: { payload: z.object({ email: z.string() }) }, OrderPaid: {} }`. */
export type EventOptions = Readonly<Record<string, EventOption>>;
