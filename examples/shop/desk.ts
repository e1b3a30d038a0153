import { ProcessError, type ProcessSystem } from "perdure";
import type { Desk } from "./app/app.ts";
import { idOf } from "./order-number.ts";

/**
 * What the cancel button does: an operator's word, which ends the process of an order at once. Its `on-fulfilment-cancelled` says what follows.
 * `system` is asked each time, because a crash in a test puts another in its place.
 */
export function createDesk(system: () => Pick<ProcessSystem, "processes">): Desk {
  return {
    cancel: async (number, { reason, by }) => {
      const { processes } = system();
      const [instance] = await processes.find({ process: "order/fulfilment", aggregateId: idOf(number), limit: 1 });
      if (instance === undefined) return false;
      try {
        await processes.cancel(instance.processId, { reason, by });
        return true;
      } catch (error) {
        // It has ended in the meantime.
        if (ProcessError.is(error, "INSTANCE_ENDED")) return false;
        throw error;
      }
    },
  };
}
