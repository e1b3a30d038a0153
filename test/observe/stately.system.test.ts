import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createWebSocketInspector, type StatelyActorEvent, type StatelyInspectionEvent } from "@statelyai/inspect";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { createMachine, getInitialSnapshot } from "xstate";
import { createRecording, defineOrder, openTestSystem } from "../support/order-process.ts";

/** Where Stately's page would be: it keeps what the inspector sends. */
async function openReceiver() {
  const received: StatelyInspectionEvent[] = [];
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on("connection", (socket) =>
    socket.on("message", (data) => received.push(JSON.parse((data as Buffer).toString()) as StatelyInspectionEvent)),
  );
  await once(server, "listening");
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

test("Stately's own WebSocket inspector plugs in: its messages tell of the actor, its events and snapshots, and their definition draws the process", async () => {
  const { url, received } = await openReceiver();
  const inspector = createWebSocketInspector({ url });
  onTestFinished(() => inspector.stop());
  const { system, dispatch, advance } = await openTestSystem({ definitions: [defineOrder(createRecording())], inspect: inspector.inspect });

  await dispatch({ type: "OrderPlaced", aggregateId: "o-1", payload: { total: 12 } });
  await dispatch({ type: "OrderPlaced", aggregateId: "o-2" });
  await dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
  await advance("48h");
  await expect.poll(() => received.length, { timeout: 10_000 }).toBe(2 * 5 + 2 + 2 * 2);

  const sessionOf = async (aggregateId: string) => {
    const [instance] = await system.processes.find({ aggregateId });
    return `order/order-lifecycle/${instance!.processId}`;
  };
  const [first, second] = [await sessionOf("o-1"), await sessionOf("o-2")];
  const linesOf = (sessionId: string) =>
    received
      .filter((message) => message.sessionId === sessionId)
      .map((message) =>
        [message.type, "event" in message && message.event.type, "snapshot" in message && Reflect.get(message.snapshot, "value")]
          .filter(Boolean)
          .join(" "),
      );
  const begin = [
    "@xstate.actor started",
    "@xstate.event xstate.init",
    "@xstate.snapshot xstate.init started",
    "@xstate.event OrderPlaced",
    "@xstate.snapshot OrderPlaced started",
  ];
  expect(linesOf(first)).toEqual([...begin, "@xstate.event OrderFulfilled", "@xstate.snapshot OrderFulfilled completed"]);
  const timeout = "xstate.after.48h.order/order-lifecycle.started";
  expect(linesOf(second)).toEqual([
    ...begin,
    `@xstate.event ${timeout}`,
    `@xstate.snapshot ${timeout} timed_out`,
    "@xstate.event OrderLifecycleTimedOut",
    "@xstate.snapshot OrderLifecycleTimedOut timed_out",
  ]);

  const actor = received.find((message): message is StatelyActorEvent => message.type === "@xstate.actor")!;
  expect(actor).toMatchObject({
    name: "order/order-lifecycle o-1",
    rootId: first,
    snapshot: { value: "started", instance: { aggregateId: "o-1" } },
  });
  // As the page does it: a machine is made of the text.
  const drawn = createMachine(JSON.parse(actor.definition!) as Parameters<typeof createMachine>[0], { delays: { "48h": 48 * 3_600_000 } });
  expect(Object.keys(drawn.states).toSorted()).toEqual(["completed", "failed", "started", "timed_out"]);
  expect(getInitialSnapshot(drawn).value).toBe("started");
  expect(drawn.events).toEqual(expect.arrayContaining(["OrderPlaced", "OrderFulfilled", "process.failed"]));
  expect(drawn.states.started!.after.map(({ delay }) => delay)).toEqual(["48h"]);
});
