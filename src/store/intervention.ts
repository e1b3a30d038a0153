/** Who asks for an intervention. `null`: nobody says so. Requests of older versions have no `by`. */
export interface AskedBy {
  readonly by?: string | null;
}

/** What an operator decides about an open dead letter. */
export type Settlement = AskedBy &
  (
    | {
        readonly kind: "retry";
        /** JSON text of the payload that the step is to have instead of its own. */
        readonly payload?: string;
      }
    | { readonly kind: "skip" | "discard"; readonly reason: string | null }
  );

/** What is asked of a dead letter. */
export type LetterIntervention = Settlement & { readonly deadLetterId: string };

/** What an operator decides about a command that is not due yet. Moments are milliseconds since 1970. */
export type CommandVerb = AskedBy & { readonly reason: string | null } & (
    { readonly kind: "cancel-command" } | { readonly kind: "reschedule-command"; readonly dueAt: number }
  );

/** What is asked of a command of an instance. */
export type CommandIntervention = CommandVerb & { readonly commandId: string; readonly processId: string };

/** What an operator decides about an open instance. Moments are milliseconds since 1970. */
export type InstanceVerb = AskedBy & { readonly reason: string | null } & (
    | { readonly kind: "cancel-instance" | "suspend-instance" | "resume-instance" }
    | { readonly kind: "reschedule-instance"; readonly dueAt: number }
  );

/** What is asked of an instance. */
export type InstanceIntervention = InstanceVerb & { readonly processId: string };

/**
 * What an operator asks: a verb, the identity of its target, and how it is to be done. It is stored as JSON text, in a request to the worker,
 * so that earlier and later versions read it.
 */
export type Intervention = LetterIntervention | CommandIntervention | InstanceIntervention;

/** The identity of what an intervention is for. Two of the same verb for the same target, with the same options, are one wish. */
export function nameTarget(intervention: Intervention): string {
  if ("deadLetterId" in intervention) return intervention.deadLetterId;
  return "commandId" in intervention ? intervention.commandId : intervention.processId;
}
