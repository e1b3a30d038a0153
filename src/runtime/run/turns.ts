import type { Host } from "../core/host.ts";
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
  return ({ kind, id, number, name, attempt }, begin) => {
    const slots = kind === "step" ? handlerSlots : commandSlots;
    const end = () => slots.giveBack();
    if (suspects.concern(kind, number)) {
      const subject = { kind, id: id(), number, name: name(), attempt };
      return suspects.attempt(subject, slots, () => begin({ isInDoubt: true, end }));
    }
    const start = () => begin({ isInDoubt: false, end });
    return slots.tryTake() ? start() : slots.take().then(start);
  };
}
