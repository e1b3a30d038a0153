import type { ProcessManager as Placed } from "./+types/on-order-placed";
import type { ProcessManager } from "./+types/shipping";

export const wrongGuard: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [],
  // @ts-expect-error paid is true or false.
  completeWhen: ({ context }) => context.paid > 1,
});

export const wrongKeyInGuard: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [],
  // @ts-expect-error The context has no key payd.
  completeWhen: ({ context }) => context.payd,
});

export const noAnswer: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [],
  // @ts-expect-error It answers with true or false.
  completeWhen: ({ context }) => context.customer,
});

export function onPlaced({ context }: Placed.HandlerArgs): Placed.Patch {
  // @ts-expect-error The context has no key payd.
  void context.payd;
  // @ts-expect-error The context is not changed in its place.
  context.paid = true;
  // @ts-expect-error Neither is what it holds.
  context.parcels.push({ carrier: "dhl", weightGrams: 1 });
  // @ts-expect-error Nor what that holds.
  context.parcels[0]!.weightGrams = 2;
  // @ts-expect-error The context has no key payd.
  if (context.paid) return { customer: "ada", payd: true };
  // @ts-expect-error paid is true or false.
  if (context.parcels.length > 1) return { paid: "yes" };
  // @ts-expect-error No stage has this name.
  if (context.parcels.length > 2) return { stage: "sent" };
}
