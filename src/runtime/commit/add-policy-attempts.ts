import { newToRecord } from "../../record/command.ts";
import { createPolicyAttempt } from "../../record/policy-attempt.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { DueLane } from "../../store/requests.ts";
import type { PolicyRoute } from "../decide/policy-router.ts";
import type { Lanes } from "../memory/lanes.ts";

/** Stores an attempt of each policy that reacts to an event. Call it inside the transaction in which the event is accepted. */
export function addPolicyAttempts(
  { store, lanes }: { readonly store: Pick<KeyedStore, "commands">; readonly lanes: Pick<Lanes, "add"> },
  event: StoredEvent,
  policies: readonly PolicyRoute[],
): readonly DueLane[] {
  return policies.map((route) => {
    const attempt = createPolicyAttempt(route, event);
    lanes.add(newToRecord(attempt, store.commands.add(attempt)));
    return { lane: attempt.processId, dueAt: attempt.dueAt };
  });
}
