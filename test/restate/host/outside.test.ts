import { describe, expect, test as it } from "vitest";
import { createOutsideDispatch } from "../../../src/restate/client/outside.ts";
import { readOptions } from "../../../src/system/system-options.ts";
import { laneWithoutInstance } from "../../../src/definition/model/lane.ts";
import { type FakeHostOptions, openFake, START } from "../../support/fake-restate/open-fake.ts";
import { silentLogger } from "../../support/silent-logger.ts";
import { definePolicy } from "perdure";
import { z } from "zod";

const HOUR = 3_600_000;

async function open(options: FakeHostOptions) {
  const host = await openFake({ logger: silentLogger, processes: { retry: { retryStrategy: "none" } }, ...options });
  const send = async (commandId: string, more: object = {}) => {
    const aggregateId = "c-1";
    const command = {
      commandId,
      type: "sendInvoice",
      aggregateId,
      payload: "{}",
      process: "",
      processId: laneWithoutInstance("", aggregateId),
      instanceAggregateId: aggregateId,
      correlationId: commandId,
      causationId: commandId,
      dispatchedAt: host.clock.now(),
      dueAt: host.clock.now(),
      origin: "event",
      invocation: null,
      lane: null,
      key: null,
      ...more,
    };
    const answer = await host.restate.call("perdure.outside", aggregateId, "accept", command, commandId);
    await host.restate.drain();
    return answer;
  };
  const change = (kind: string, commandId: string, more: object = {}) =>
    host.restate.call("perdure.outside", "c-1", "change", {
      kind,
      commandId,
      processId: laneWithoutInstance("", "c-1"),
      reason: null,
      by: "ada",
      ...more,
    });
  const read = () => host.read({ process: "perdure/outside", aggregateId: "c-1" });
  return { ...host, send, change, read };
}

describe("a command from outside on Restate", () => {
  it("returns events whose payloads are checked by schemas that are given in code", async () => {
    const seen: unknown[] = [];
    const { send, read } = await open({
      events: { InvoiceSent: { payload: z.object({ cents: z.number(), copies: z.number().default(1) }) } },
      policies: [
        definePolicy({ aggregate: "invoice", name: "file", on: "InvoiceSent", handler: ({ event }) => void seen.push(event.payload) }),
      ],
      commands: {
        sendInvoice: ({ command }) => ({
          type: "InvoiceSent",
          aggregateId: command.aggregateId,
          payload: { cents: command.commandId === "right" ? 4200 : "42" },
        }),
      },
    });
    await send("wrong");
    expect((await read()).letters).toMatchObject([{ error: expect.stringContaining("EVENT_PAYLOAD_INVALID") as string }]);
    await send("right");
    expect(seen).toEqual([{ cents: 4200, copies: 1 }]);
  });

  it("runs once for its commandId, when it is due, and in the order of its aggregate", async () => {
    const ran: string[] = [];
    const { send, advanceTo } = await open({ commands: { sendInvoice: ({ command }) => void ran.push(command.commandId) } });
    expect(await send("late", { dueAt: START + HOUR })).toEqual({ dueAt: START + HOUR });
    expect(await send("late", { dueAt: START + 2 * HOUR })).toEqual({ dueAt: START + HOUR });
    await send("soon");
    expect(ran).toEqual(["soon"]);
    await advanceTo(START + 3 * HOUR);
    expect(ran).toEqual(["soon", "late"]);
  });

  it("leaves a letter that holds nothing up, and runs again when an operator retries it", async () => {
    let isClosed = true;
    const ran: string[] = [];
    const sendInvoice = ({ command }: { readonly command: { readonly commandId: string } }) => {
      if (isClosed && command.commandId === "one") throw new Error("the printer is out of paper");
      ran.push(command.commandId);
    };
    const { send, read, restate } = await open({ commands: { sendInvoice } });
    await send("one");
    await send("two");
    expect(ran).toEqual(["two"]);
    const [letter] = (await read()).letters;
    expect(letter).toMatchObject({ kind: "command", process: "", processId: "", status: "open" });
    isClosed = false;
    const settlement = { kind: "retry", by: null };
    await restate.call("perdure.outside", "c-1", "settle", { deadLetterId: letter!.deadLetterId, settlement });
    await restate.drain();
    expect(ran).toEqual(["two", "one"]);
  });

  it("is called off or moved by an operator before its turn, and not afterwards", async () => {
    const ran: string[] = [];
    const { send, change, read, advanceTo } = await open({ commands: { sendInvoice: ({ command }) => void ran.push(command.commandId) } });
    await send("off", { dueAt: START + HOUR });
    await send("moved", { dueAt: START + HOUR });
    await change("cancel-command", "off");
    await change("reschedule-command", "moved", { dueAt: START + 3 * HOUR });
    await advanceTo(START + 2 * HOUR);
    expect(ran).toEqual([]);
    expect((await read()).commands.map(({ record }) => [record.commandId, record.dueAt])).toEqual([["moved", START + 3 * HOUR]]);
    await advanceTo(START + 3 * HOUR);
    expect(ran).toEqual(["moved"]);
    await expect(change("cancel-command", "moved")).rejects.toThrow("COMMAND_NOT_SCHEDULED");
  });
});

describe("system.commands of a client", () => {
  it("says that a command which was sent before is a duplicate, with the moment of the first, if the caller has named it", async () => {
    const sent: unknown[] = [];
    const dispatch = createOutsideDispatch({
      ingress: {
        send: async (...message) => {
          sent.push(message);
          return { invocationId: "inv", isRepeated: true };
        },
        attach: async () => ({ dueAt: START - HOUR }),
      },
      outside: { outside: "shop.outside" },
      context: {
        domain: { commands: new Map() } as never,
        names: { has: (name) => name === "sendInvoice", list: () => ["sendInvoice"] },
        limits: readOptions({}).settings.limits,
      },
      now: () => START,
    });
    expect(await dispatch("sendInvoice", { aggregateId: "c 1", commandId: "named", payload: {} })).toEqual({
      commandId: "named",
      dueAt: new Date(START - HOUR),
      outcome: "duplicate",
    });
    expect(await dispatch("sendInvoice", { aggregateId: "c 1" })).toMatchObject({ outcome: "accepted" });
    expect(sent[0]).toMatchObject([{ service: "shop.outside", key: "c 1", handler: "accept" }, "named", { commandId: "named" }]);
    await expect(dispatch("sendInvoce", { aggregateId: "c 1" })).rejects.toMatchObject({ code: "COMMAND_UNKNOWN" });
    await expect(dispatch("sendInvoice", { aggregateId: "." })).rejects.toMatchObject({ code: "KEY_UNUSABLE" });
  });
});
