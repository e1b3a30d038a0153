import { defineProcess, NonRetryableError, ProcessError } from "perdure";
import { expect, test as it } from "vitest";
import { z } from "zod";
import { loadDomain } from "../../src/definition/load-domain.ts";
import { readSettings } from "../../src/runtime/check/settings.ts";
import type { KeyedStore } from "../../src/store/keyed-store.ts";
import { createManualClock } from "../../src/testing/kit/manual-clock.ts";
import { createKeyedHost } from "../support/keyed-host/keyed-host.ts";
import { readChart } from "../../src/machine/read-chart.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const MINUTE = 60_000;

/** Two processes on one key host: `order/life`, which two events start and which times out, and `order/mail`, which hears of what is packed. */
async function openHost(options: { readonly wrapStore?: (store: KeyedStore) => KeyedStore } = {}) {
  const clock = createManualClock(START);
  const ran: string[] = [];
  const note = (what: string) => void ran.push(`${(clock.now() - START) / MINUTE} min: ${what}`);
  let isBroken = true;
  const life = defineProcess({
    aggregate: "order",
    name: "life",
    startedBy: ["Placed"],
    completedBy: ["Done"],
    timeout: "1h",
    on: {
      Placed: async ({ commands, event }) => {
        note(`placed ${event.aggregateId}`);
        await commands["pack"]!({ aggregateId: event.aggregateId, delay: "5m" });
      },
      Paid: ({ event }) => {
        note(`paid ${event.aggregateId}`);
        if (isBroken) throw new NonRetryableError("the bank is closed");
      },
    },
    onTimedOut: ({ event }) => note(`timed out ${event.aggregateId}`),
  });
  const mail = defineProcess({
    aggregate: "order",
    name: "mail",
    startedBy: ["Packed"],
    completedBy: ["Packed"],
    on: { Packed: ({ event }) => note(`mail about ${event.aggregateId}`) },
  });
  const commands = { pack: ({ aggregateId }: { readonly aggregateId: string }) => ({ type: "Packed", aggregateId }) };
  const { domain } = await loadDomain({ domain: [], definitions: [life, mail], readChart, commands });
  const host = await createKeyedHost({ domain, settings: readSettings(), clock, ...options });
  const statuses = () =>
    host.keys.flatMap(({ rows }) =>
      [...rows.instances.values()].map(({ process, aggregateId, status }) => `${process} ${aggregateId} ${status}`),
    );
  const letters = () => host.keys.flatMap(({ rows }) => [...rows.letters.values()]);
  return { host, ran, statuses, letters, mend: () => void (isBroken = false) };
}

it("says what became of an event: accepted, a duplicate, or unrouted", async () => {
  const { host } = await openHost();
  expect(await host.dispatch({ type: "Paid", aggregateId: "a", eventId: "e-1" })).toEqual({ eventId: "e-1", outcome: "unrouted" });
  expect(await host.dispatch({ type: "Unheard", aggregateId: "a", eventId: "e-2" })).toEqual({ eventId: "e-2", outcome: "unrouted" });
  expect(await host.dispatch({ type: "Placed", aggregateId: "a", eventId: "e-3" })).toEqual({ eventId: "e-3", outcome: "accepted" });
  expect(await host.dispatch({ type: "Placed", aggregateId: "a", eventId: "e-3" })).toEqual({ eventId: "e-3", outcome: "duplicate" });
});

it("runs what is due on the way at its own moment, and brings what a command returned to the key that it is for", async () => {
  const { host, ran, statuses } = await openHost();
  await host.dispatch({ type: "Placed", aggregateId: "a" });
  await host.advanceTo(START + 2 * 60 * MINUTE);
  expect(ran).toEqual(["0 min: placed a", "5 min: mail about a", "60 min: timed out a"]);
  expect(statuses()).toEqual(["order/life a timed_out", "order/mail a completed"]);
});

it("keeps the keys apart: what fails for one parks nothing of another", async () => {
  const { host, statuses, mend, letters } = await openHost();
  await host.dispatch(["a", "b"].map((aggregateId) => ({ type: "Placed", aggregateId })));
  await host.dispatch({ type: "Paid", aggregateId: "a" });
  await host.dispatch(["a", "b"].map((aggregateId) => ({ type: "Done", aggregateId })));
  await host.drain();
  expect(statuses()).toEqual(["order/life a failed", "order/life b completed"]);

  mend();
  const { deadLetterId } = letters()[0]!;
  await host.settle(deadLetterId, { kind: "retry" });
  await host.drain();
  expect(statuses()).toEqual(["order/life a completed", "order/life b completed"]);
  await expect(host.settle(deadLetterId, { kind: "retry" })).rejects.toSatisfy((error) => ProcessError.is(error, "DEAD_LETTER_SETTLED"));
});

it("gives no two keys equal ids, although each counts its positions from 1 and both have the same eventId", async () => {
  const { host } = await openHost();
  for (const aggregateId of ["a", "b"]) {
    expect((await host.dispatch({ type: "Placed", aggregateId, eventId: "e-1" })).outcome).toBe("accepted");
  }
  await host.drain();
  const ids = host.keys.map(({ kept: { instances, commands } }) => [
    ...instances.map(({ processId }) => processId),
    ...commands.map(({ record }) => record.commandId),
  ]);
  expect(ids.map(({ length }) => length)).toEqual([2, 2]);
  expect(new Set(ids.flat()).size).toBe(4);
});

it("says what keeps a step from being written", async () => {
  const wrapStore = (store: KeyedStore): KeyedStore => {
    const append = () => {
      throw new Error("no room for the journal");
    };
    return { ...store, journal: { append } };
  };
  const { host } = await openHost({ wrapStore });
  await host.dispatch({ type: "Placed", aggregateId: "a" });
  await expect(host.drain()).rejects.toThrow("no room for the journal");
});

it("stops, and does not look for ever, at a key that is due and has nothing to begin", async () => {
  const wrapStore = (store: KeyedStore): KeyedStore => {
    // The alarm asks for the first command, and the lane for as many as it holds.
    const read: KeyedStore["commands"]["read"] = (processId, limit) => (limit === 1 ? store.commands.read(processId, limit) : []);
    return { ...store, commands: { ...store.commands, read } };
  };
  const { host } = await openHost({ wrapStore });
  await host.dispatch({ type: "Placed", aggregateId: "a" });
  await expect(host.advanceTo(START + 6 * MINUTE)).rejects.toThrow("nothing was begun");
});

it("brings an instance of an older version over in its next step, and leaves one of a newer version alone", async () => {
  const clock = createManualClock(START);
  const ran: unknown[] = [];
  const life = defineProcess({
    aggregate: "order",
    name: "life",
    startedBy: ["Placed"],
    completedBy: ["Done"],
    timeout: "1h",
    version: 2,
    context: z.object({ names: z.array(z.string()).default([]) }),
    migrations: { "1-to-2": ({ context }: { readonly context: { readonly name: string } }) => ({ context: { names: [context.name] } }) },
    on: {
      Placed: async ({ commands, event }) => void (await commands["pack"]!({ aggregateId: event.aggregateId, delay: "5m" })),
      Paid: ({ context, process }) => void ran.push([process.aggregateId, process.version, context]),
    },
  });
  const commands = { pack: ({ aggregateId }: { readonly aggregateId: string }) => void ran.push(aggregateId) };
  const { domain } = await loadDomain({ domain: [], definitions: [life], readChart, commands });
  const host = await createKeyedHost({ domain, settings: readSettings(), clock });
  await host.dispatch(["old", "new"].map((aggregateId) => ({ type: "Placed", aggregateId })));
  await host.drain();
  const versions: Readonly<Record<string, object>> = { old: { version: 1, context: '{"name":"Ada"}' }, new: { version: 3 } };
  for (const { kept } of host.keys) kept.instances = kept.instances.map((instance) => ({ ...instance, ...versions[instance.aggregateId] }));

  await host.dispatch(["old", "new"].map((aggregateId) => ({ type: "Paid", aggregateId })));
  await host.advanceTo(START + 120 * MINUTE);
  expect(ran).toEqual([["old", 2, { names: ["Ada"] }], "old"]);
  const rows = host.keys.flatMap(({ rows, kept }) =>
    [...rows.instances.values()]
      .map((row) => kept.instances.find(({ processId }) => processId === row.processId) ?? row)
      .map(({ aggregateId, status, version }) => [aggregateId, status, version, kept.entries.length]),
  );
  expect(rows).toEqual([
    ["old", "timed_out", 2, 0],
    ["new", "started", 3, 1],
  ]);
});
