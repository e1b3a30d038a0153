import type { Host, Turn } from "../core/host.ts";
import type { Slots } from "../schedule/slots.ts";
import type { Suspects } from "./suspects.ts";

/**
 * An attempt begins at once if a place is free, and otherwise when one is. Handlers and command handlers have places apart, so that neither
 * can starve the other. A suspect runs when its own turn has come.
 */
export function createTurns(ports: {
  readonly handlerSlots: Slots;
  readonly commandSlots: Slots;
  readonly suspects: Suspects;
}): Host["inTurn"] {
  const { handlerSlots, commandSlots, suspects } = ports;
  const turns = { step: createTurn(handlerSlots), command: createTurn(commandSlots) };
  return (kind, number, describe, attempt) => {
    const { slots, turn } = turns[kind];
    if (suspects.concern(kind, number)) {
      return suspects.attempt({ kind, number, ...describe() }, slots, () => attempt({ ...turn, isInDoubt: true }));
    }
    return slots.tryTake() ? attempt(turn) : slots.take().then(() => attempt(turn));
  };
}

// All attempts of a kind share one, because a turn knows only how it is given back.
function createTurn(slots: Slots): { readonly slots: Slots; readonly turn: Turn } {
  return { slots, turn: { isInDoubt: false, end: () => slots.giveBack() } };
}
