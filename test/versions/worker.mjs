// A worker of one version of the process, in an OS process of its own: a test kills it. It tells the test how many steps it has committed.
import { appendFileSync } from "node:fs";
import { createProcessSystem, defineProcess } from "../../dist/index.js";
import { z } from "zod";

const versions = {
  1: {
    context: z.strictObject({ packed: z.number().default(0) }),
    pack: ({ context }) => ({ packed: context.packed + 1 }),
    migrations: {},
  },
  2: {
    context: z.strictObject({ parcels: z.array(z.string()).default([]) }),
    pack: ({ context, event }) => ({ parcels: [...context.parcels, event.eventId] }),
    migrations: {
      "1-to-2": ({ context }) => ({ context: { parcels: Array.from({ length: context.packed }, (_, at) => `old ${at}`) } }),
    },
  },
};

process.once("message", async ({ path, ledger, version, dispatch = [] }) => {
  const { context, pack, migrations } = versions[version];
  const definition = defineProcess({
    aggregate: "order",
    name: "shipping",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderDelivered"],
    timeout: "365d",
    version,
    context,
    migrations,
    on: {
      OrderPlaced: () => {},
      ParcelPacked: (args) => {
        // What the handler saw, so that the test can tell whether it was of its version.
        // A line begins anew, because a worker that is killed may leave half of one.
        appendFileSync(ledger, `\n${JSON.stringify({ version, of: args.process.version, keys: Object.keys(args.context) })}\n`);
        return pack(args);
      },
    },
  });
  const system = await createProcessSystem({
    definitions: [definition],
    store: { path, synchronous: "normal" },
    logger: { error: console.error },
  });
  let steps = 0;
  system.processes.subscribe(({ kind }) => {
    if (kind === "handled") process.send({ at: "step", steps: (steps += 1) });
  });
  await system.start();
  for (let at = 0; at < dispatch.length; at += 50) await system.dispatch(dispatch.slice(at, at + 50));
  await system.whenIdle();
  await system.stop();
  process.send({ at: "idle" }, () => process.disconnect());
});
