import { definePolicy, defineProcess } from "perdure";
import { expect, test as it } from "vitest";
import { loadDomain } from "../../src/definition/load-domain.ts";
import { readChart } from "../../src/machine/read-chart.ts";
import { createDispatcher } from "../../src/restate/client/dispatch.ts";
import type { AcceptInput } from "../../src/restate/wire/messages.ts";
import { readSettings } from "../../src/runtime/check/settings.ts";
import { openFake, START } from "../support/fake-restate/open-fake.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { causesOf, idOf, openRecording } from "./recording.ts";

const life = defineProcess({
  aggregate: "order",
  name: "life",
  startedBy: ["Placed"],
  completedBy: ["Packed"],
  timeout: "1h",
  on: {
    Placed: async ({ event, commands }) => void (await commands["pack"]!({ aggregateId: event.aggregateId })),
    Packed: () => {},
  },
});

it("on Restate the envelope carries the span from the client to the step, to its command, and to the event that the command returns", async () => {
  const recording = openRecording();
  const { telemetry } = recording;
  const host = await openFake({
    definitions: [life],
    commands: { pack: ({ command }) => ({ type: "Packed", aggregateId: command.aggregateId }) },
    logger: silentLogger,
    telemetry,
  });
  const { domain } = await loadDomain({ domain: [], definitions: [life], commands: { pack: () => {} }, readChart });
  const client = createDispatcher({
    ingress: {
      send: async ({ service, key, handler }, idempotencyKey, input) => {
        void host.restate.call(service, key, handler, input, idempotencyKey);
        return { invocationId: "inv-1", isRepeated: false };
      },
      attach: () => Promise.reject(new Error("one event goes to its object")),
    },
    domain,
    intake: "perdure.intake",
    limits: readSettings().limits,
    logger: silentLogger,
    telemetry,
  });
  await client.dispatch([{ type: "Placed", aggregateId: "a" }]);
  await host.advanceTo(START + 10_000);
  // Each turn is run twice, and what has run in it only once.
  const names = ["dispatch Placed", "handle Placed", "execute pack", "handle Packed"];
  expect(recording.names()).toEqual(names);
  const spans = names.map(recording.span);
  expect(spans.slice(1).map(causesOf)).toEqual(spans.slice(0, -1).map((span) => [idOf(span)]));
});

it("on Restate a policy's span is caused by its event's, and causes that of the command that it dispatches", async () => {
  const recording = openRecording();
  const { telemetry } = recording;
  const host = await openFake({
    policies: [
      definePolicy({
        aggregate: "order",
        name: "pack",
        on: "Placed",
        handler: ({ event, commands }) => commands["pack"]!({ aggregateId: event.aggregateId }),
      }),
    ],
    commands: { pack: () => {} },
    logger: silentLogger,
    telemetry,
  });
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const event = { eventId: "e", type: "Placed", aggregateId: "a", payload: "{}", occurredAt: START, acceptedAt: START };
  const sent: AcceptInput = { ...event, correlationId: null, causationId: null, traceparent };
  await host.restate.call("order.pack", "a", "accept", sent, "e");
  await host.advanceTo(START + 10_000);
  const [policy, command] = ["handle Placed", "execute pack"].map(recording.span);
  expect(causesOf(policy!)).toEqual([traceparent.split("-")[2]]);
  expect(causesOf(command!)).toEqual([idOf(policy!)]);
});
