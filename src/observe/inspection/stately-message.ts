import type { Told } from "./journal-follower.ts";

// The messages have the form of @statelyai/inspect.
const VERSION = "0.7.2";

/** An inspection event as Stately's inspectors read it, as JSON text. The moment of the message is the moment in the journal. */
export function formatStatelyMessage({ id, at, event }: Told): string {
  const { sessionId } = event.actorRef;
  const message = { type: event.type, sessionId, rootId: event.rootId, id, createdAt: String(at), _version: VERSION };
  switch (event.type) {
    case "@xstate.actor": {
      const { id: name, logic, getSnapshot } = event.actorRef;
      // The config is plain data, because a machine that is made of a definition names its handlers and delays.
      return JSON.stringify({ ...message, name, definition: JSON.stringify(logic.config), snapshot: getSnapshot() });
    }
    case "@xstate.event":
      return JSON.stringify({ ...message, event: event.event });
    case "@xstate.snapshot":
      return JSON.stringify({ ...message, event: event.event, snapshot: event.snapshot });
  }
}
