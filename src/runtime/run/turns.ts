import type { Host, Turn } from "../core/host.ts";
import type { Slots } from "../schedule/slots.ts";
import type { Suspects } from "./suspects.ts";

/**
 * An attempt begins as soon as a place is free. Handlers and command handlers have different places, so that neither can starve the other.
 * A suspect runs when its own turn has come.
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

// All attempts of a kind share one object, because all that a turn knows is how to give its place back.
function createTurn(slots: Slots): { readonly slots: Slots; readonly turn: Turn } {
  return { slots, turn: { isInDoubt: false, end: () => slots.giveBack() } };
}
