import type { Told } from "./journal-follower.ts";

// Of @statelyai/inspect, whose messages these are.
const VERSION = "0.7.2";

/** The message in which Stately's inspectors take what an instance was told of, as JSON text. Its moment is that of the journal. */
export function formatStatelyMessage({ id, at, event }: Told): string {
  const { sessionId } = event.actorRef;
  const message = { type: event.type, sessionId, rootId: event.rootId, id, createdAt: String(at), _version: VERSION };
  switch (event.type) {
    case "@xstate.actor": {
      const { id: name, logic, getSnapshot } = event.actorRef;
      // What is made of a definition is data: handlers and delays are in it by name.
      return JSON.stringify({ ...message, name, definition: JSON.stringify(logic.config), snapshot: getSnapshot() });
    }
    case "@xstate.event":
      return JSON.stringify({ ...message, event: event.event });
    case "@xstate.snapshot":
      return JSON.stringify({ ...message, event: event.event, snapshot: event.snapshot });
  }
}
