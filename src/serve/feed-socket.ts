import type { WebSocket } from "ws";
import type { JournalFollower } from "../observe/inspection/journal-follower.ts";
import { formatStatelyMessage } from "../observe/inspection/stately-message.ts";
import { nextTurn } from "../platform/turn.ts";

/** Sends one connection what its follower tells. */
export interface Feed {
  /** Something was committed. */
  wake(): void;
}

/**
 * Sends until there is no more for now, and goes on whenever it is woken. One page is on its way at most: the next is read when
 * the other side has taken this one, so a slow reader costs its page of memory and loses nothing.
 */
export function feedSocket(socket: WebSocket, follower: JournalFollower, onError: (error: unknown) => void): Feed {
  let isSending = false;
  let isBehind = true;

  const send = async () => {
    if (isSending) return;
    isSending = true;
    while (isBehind && socket.readyState === socket.OPEN) {
      const page = follower.next();
      if (page === undefined) isBehind = false;
      else await sendAll(socket, page.map(formatStatelyMessage));
      // A fast reader must not keep everybody else waiting.
      await new Promise<void>((resolve) => nextTurn(resolve));
    }
    isSending = false;
  };
  const wake = () => {
    isBehind = true;
    send().catch(onError);
  };
  wake();
  return { wake };
}

/** Resolves when the other side has taken all of them, or is gone. */
async function sendAll(socket: WebSocket, messages: readonly string[]): Promise<void> {
  const last = messages.at(-1);
  if (last === undefined) return;
  for (const message of messages.slice(0, -1)) socket.send(message);
  // The client is gone and is sent nothing more, so the error needs no other care.
  await new Promise<void>((resolve) => socket.send(last, () => resolve()));
}
