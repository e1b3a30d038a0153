/** What a machine asks its host to do. XState's own type misses some kinds, so this one is ours. */
export type MachineAction =
  | { readonly kind: "handler"; readonly name: string }
  | { readonly kind: "start-timer"; readonly id: string; readonly delayMs: number }
  | { readonly kind: "cancel-timer"; readonly id: string };

/**
 * Reads an action as XState 5 gives it to an action executor.
 * `isInline` says that the machine has no name for it.
 * @throws TypeError for kinds a durable host cannot perform, such as inline functions
 */
export function readAction(action: { readonly type: string; readonly params?: unknown }, isInline = false): MachineAction {
  const params = (typeof action.params === "object" && action.params !== null ? action.params : {}) as Readonly<Record<string, unknown>>;
  if (action.type === "xstate.raise" && typeof params.delay === "number") {
    return { kind: "start-timer", id: String(params.id), delayMs: params.delay };
  }
  if (action.type === "xstate.cancel") return { kind: "cancel-timer", id: String(params.sendId ?? params.id) };
  if (action.type.startsWith("xstate.") || action.type === "(anonymous)" || isInline) {
    throw new TypeError(`the action "${action.type}" cannot be made durable; only named actions and delayed transitions can`);
  }
  return { kind: "handler", name: action.type };
}
