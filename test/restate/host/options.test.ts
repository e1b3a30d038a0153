import { defineProcess } from "perdure";
import { createRestateServices, type RestateOptions } from "perdure/restate";
import { describe, expect, test as it } from "vitest";
import { assembleServices } from "../../../src/restate/host/create-services.ts";
import { readRestateOptions } from "../../../src/restate/host/restate-options.ts";
import type { FakeService } from "../../support/fake-restate/fake-restate.ts";
import { fakeSdk } from "../../support/fake-restate/fake-restate.ts";
import { silentLogger } from "../../support/silent-logger.ts";

const define = (name: string, handlerTimeout?: "10m" | "25h") =>
  defineProcess({
    aggregate: "order",
    name,
    startedBy: [`${name === "slow" ? "Slow" : "Fast"}Placed`],
    completedBy: [],
    timeout: "1h",
    on: {},
    ...(handlerTimeout !== undefined && { handlerTimeout }),
  });

const definitions = [define("fast")];

async function assemble(options: RestateOptions): Promise<readonly FakeService[]> {
  const settings = readRestateOptions({ logger: silentLogger, ...options }, "serveRestate");
  return (await assembleServices(settings, { loadSdk: async () => fakeSdk })).services as readonly FakeService[];
}

describe("the options of a host on Restate", () => {
  it.each([
    [{ store: { path: "./shop.db" } }, "store", "keeps everything"],
    [{ role: "worker" }, "role", "connectRestate"],
    [{ clock: {} }, "clock", "server's clock"],
    [{ inspect: () => {} }, "inspect", "committed on the server"],
    [{ processes: { dlq: { type: "sqlite", path: "./dlq.db" } } }, "dlq", "connectRestate"],
    [{ processes: { lease: "10s" } }, "lease", "which OS process works at a key"],
    [{ processes: { concurrency: 4 } }, "concurrency", "concurrent-invocations-limit"],
  ])("have none of %j, and say why", async (given, option, why) => {
    // Types would refuse them.
    await expect(createRestateServices({ definitions, ...given } as RestateOptions)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      problem: expect.stringContaining(`.${option} makes no sense on Restate`),
      hint: expect.stringContaining(why),
    });
  });

  it.each([
    [{ stores: 1 }, "createRestateServices.stores is not an option; did you mean store?"],
    [{ host: { type: "restate" } }, "createRestateServices.host is not an option"],
    [{ name: "my.shop" }, 'name is "my.shop"'],
    [{ name: 1 }, "name is 1"],
  ])("are refused as %j", async (given, problem) => {
    const options = { definitions, ...given } as RestateOptions;
    await expect(createRestateServices(options)).rejects.toMatchObject({ code: "CONFIG_INVALID", problem });
  });

  it("have events with schemas, which are checked", async () => {
    await expect(assemble({ definitions, events: { OrderPlaced: { payload: 1 as never } } })).rejects.toMatchObject({
      code: "DEFINITION_INVALID",
      message: expect.stringContaining("events.OrderPlaced.payload has to be a Standard Schema") as string,
    });
  });

  it("name the services of the domain, and refuse a process of such a name", async () => {
    expect((await assemble({ definitions, name: "shop" })).map(({ name }) => name)).toEqual([
      "order.fast",
      "shop.outside",
      "shop.intake",
      "shop.commands",
      "shop.schedules",
    ]);
    await expect(assemble({ definitions: [define("commands")], name: "order" })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      problem: expect.stringContaining('"order/commands" is order.commands on Restate'),
    });
  });

  it.each([
    ["processes.handlerTimeout", { definitions, processes: { handlerTimeout: "25h" } }],
    ["order/slow", { definitions: [define("slow", "25h")] }],
    ["pack", { definitions, commands: { pack: { handler: () => {}, timeout: "25h" } } }],
  ])("refuse an attempt that is longer than a day: of %s", async (what, options) => {
    await expect(assemble(options)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      problem: expect.stringMatching(new RegExp(`${what}.* is longer than an attempt may take on Restate`)),
      details: { timeoutMs: 90_000_000, limit: 86_400_000 },
    });
  });

  it("warn of limits that would not hold", async () => {
    const warned: string[] = [];
    const commands = { pack: { handler: () => {}, limits: { concurrency: 2 } }, ship: () => {} };
    await assemble({ definitions, commands, logger: { warn: (message) => void warned.push(message) } });
    expect(warned).toEqual([expect.stringContaining('command "pack": its limits do not hold on Restate')]);
  });

  it("have the server wait for each attempt for longer than the attempt can take", async () => {
    const services = await assemble({
      definitions: [define("fast"), define("slow", "10m")],
      commands: { pack: { handler: () => {}, timeout: "2h" } },
      processes: { handlerTimeout: "1m" },
    });
    const longest = {
      "order.fast": 60_000,
      "order.slow": 600_000,
      "perdure.intake": 60_000,
      "perdure.commands": 7_200_000,
      "perdure.outside": 60_000,
      "perdure.schedules": 60_000,
    };
    expect(services.map(({ name }) => name).toSorted()).toEqual(Object.keys(longest).toSorted());
    for (const [name, attemptMs] of Object.entries(longest)) {
      const { inactivityTimeout, abortTimeout } = services.find((service) => service.name === name)!.options as Record<string, number>;
      // An attempt that is cut off by the server begins again, for ever.
      expect(inactivityTimeout).toBeGreaterThan(attemptMs);
      expect(abortTimeout).toBeGreaterThan(attemptMs);
    }
  });
});
