import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createProcessSystem, defineProcess } from "perdure";
import { expect, onTestFinished, test as it } from "vitest";
import { z } from "zod";
import { startNode } from "../support/os-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** `PERDURE_KILLS`, whatever its number, asks for the long form: ten thousand instances and five kills. */
const isLong = process.env["PERDURE_KILLS"] !== undefined;
const instances = isLong ? 10_000 : 300;
const kills = isLong ? 5 : 3;
const PARCELS = 2;

type Message = { readonly at: "step"; readonly steps: number } | { readonly at: "idle" };

const orders = Array.from({ length: instances }, (_, at) => `o-${at}`);
const placed = orders.map((aggregateId) => ({ type: "OrderPlaced", aggregateId, eventId: `placed ${aggregateId}` }));
const packed = Array.from({ length: PARCELS }, (_, parcel) =>
  orders.map((aggregateId) => ({ type: "ParcelPacked", aggregateId, eventId: `parcel ${parcel} ${aggregateId}` })),
).flat();

function createGround() {
  const folder = createTemporaryFolder();
  const [path, ledger] = [join(folder, "perdure.db"), join(folder, "ledger.txt")];
  const begin = (version: 1 | 2, dispatch: readonly object[]) => {
    const worker = startNode<Message>([fileURLToPath(new URL("worker.mjs", import.meta.url))], { talks: true });
    worker.send({ path, ledger, version, dispatch });
    return worker;
  };
  return {
    path,
    readLedger: () =>
      readFileSync(ledger, "utf8")
        .split("\n")
        .filter((line) => line.endsWith("}"))
        .map((line) => JSON.parse(line) as unknown),
    runToTheEnd: async (version: 1 | 2, dispatch: readonly object[]) => {
      const worker = begin(version, dispatch);
      await worker.message(({ at }) => at === "idle", "it was idle");
      await worker.ended;
    },
    /** Kills the worker after so many steps. */
    kill: async (version: 1 | 2, dispatch: readonly object[], steps: number) => {
      const worker = begin(version, dispatch);
      await worker.message((message) => message.at === "step" && message.steps >= steps, `it had taken ${steps} steps`);
      expect((await worker.kill()).signal).toBe("SIGKILL");
    },
  };
}

it(
  "open instances are migrated once each and handled by their own version only, while events arrive and workers of both versions are killed",
  { timeout: isLong ? 600_000 : 60_000 },
  async () => {
    const ground = createGround();
    await ground.runToTheEnd(1, placed);
    const steps = Math.floor(instances / (kills + 1));
    // The second life is one of the older version, which leaves alone what the first has migrated.
    for (let life = 0; life < kills; life += 1) await ground.kill(life === 1 ? 1 : 2, packed, life === 1 ? Math.floor(steps / 4) : steps);
    await ground.runToTheEnd(2, packed);

    const definition = defineProcess({
      aggregate: "order",
      name: "shipping",
      startedBy: ["OrderPlaced"],
      completedBy: ["OrderDelivered"],
      timeout: "365d",
      version: 2,
      context: z.object({ parcels: z.array(z.string()).default([]) }),
      migrations: { "1-to-2": ({ context }) => ({ context }) },
      on: {},
    });
    const system = await createProcessSystem({ definitions: [definition], store: { path: ground.path }, role: "client" });
    onTestFinished(() => system.stop());
    expect(await system.lag()).toMatchObject({ waiting: 0, deadLetters: 0, parked: 0, newerInstances: 0 });

    let migratedInstances = 0;
    for (const aggregateId of orders) {
      const [{ processId, version, context }] = (await system.processes.find({ aggregateId })) as unknown as readonly [
        { readonly processId: string; readonly version: number; readonly context: { readonly parcels: readonly string[] } },
      ];
      const history = await system.processes.history(processId);
      const kinds = history.map(({ kind }) => kind);
      expect([version, context.parcels.length]).toEqual([2, PARCELS]);
      expect(kinds.filter((kind) => kind === "migrated")).toEqual(["migrated"]);
      expect(kinds.filter((kind) => kind === "handled")).toHaveLength(1 + PARCELS);
      const sum: Record<string, unknown> = {};
      for (const { context: changed, contextWithout = [] } of history) {
        for (const key of contextWithout) delete sum[key];
        Object.assign(sum, changed);
      }
      expect(sum).toEqual(context);
      migratedInstances += 1;
    }
    expect(migratedInstances).toBe(instances);
    const seen = new Set(ground.readLedger().map((line) => JSON.stringify(line)));
    // Both versions have handled events, each with contexts of its own.
    expect([...seen].toSorted()).toEqual(['{"version":1,"of":1,"keys":["packed"]}', '{"version":2,"of":2,"keys":["parcels"]}']);
  },
);
