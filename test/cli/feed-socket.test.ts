import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { WebSocket } from "ws";
import { feedSocket } from "../../src/serve/feed-socket.ts";
import { inspectEvent } from "../../src/machine/inspected-actor.ts";
import type { Told } from "../../src/observe/inspection/journal-follower.ts";

/** A connection whose other side takes what it was sent when the test says so. */
function createSocket() {
  const sent: string[] = [];
  let taken = () => {};
  const socket = {
    OPEN: 1,
    readyState: 1,
    send: (message: string, onTaken?: () => void) => {
      sent.push((JSON.parse(message) as { id: string }).id);
      if (onTaken !== undefined) taken = onTaken;
    },
  };
  return { socket: socket as unknown as WebSocket & { readyState: number }, sent, take: () => taken() };
}

/** As much as is wanted, a message a page. */
function createFollower(pages: number) {
  let asked = 0;
  const [event] = inspectEvent({ sessionId: "a", getSnapshot: () => ({}) } as never, { type: "OrderPlaced" });
  return {
    next: (): readonly Told[] | undefined => {
      if (asked >= pages) return undefined;
      asked += 1;
      return [{ id: `${asked}`, at: 0, event: event! }];
    },
    add: (more: number) => (pages += more),
  };
}

test("the next page is read only when the one before was taken, and woken it goes on from its place", async () => {
  const { socket, sent, take } = createSocket();
  const follower = createFollower(2);
  const feed = feedSocket(socket, follower, () => {});
  await turn();
  feed.wake();
  await turn();
  expect(sent).toEqual(["1"]);
  for (const expected of [
    ["1", "2"],
    ["1", "2"],
  ]) {
    take();
    await turn();
    await turn();
    expect(sent).toEqual(expected);
  }
  follower.add(1);
  feed.wake();
  await turn();
  expect(sent).toEqual(["1", "2", "3"]);
});

test("nothing more is read for a connection that is closed", async () => {
  const { socket, sent, take } = createSocket();
  feedSocket(socket, createFollower(3), () => {});
  socket.readyState = 2;
  take();
  await turn();
  await turn();
  expect(sent).toEqual(["1"]);
});

test("what the store throws is told, and ends nobody else", async () => {
  const errors: unknown[] = [];
  const error = new Error("the disk is gone");
  const next = () => {
    throw error;
  };
  feedSocket(createSocket().socket, { next }, (told) => errors.push(told));
  await turn();
  expect(errors).toEqual([error]);
});
