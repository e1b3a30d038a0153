import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineProcess } from "perdure";
import { connectRestate } from "perdure/restate";
import { expect, test } from "vitest";
import { startNode } from "../support/os-process.ts";
import { isRestateHere, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const script = fileURLToPath(new URL("dying-service.mjs", import.meta.url));
const on = { OrderPlaced: () => {} };
const order = defineProcess({
  aggregate: "order",
  name: "lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  on,
});

// On SQLite, a handler that is not retried is suspect after two, and a dead letter after three.
const DEATHS = 4;

test.skipIf(!isRestateHere())(
  "on Restate, a handler that ends its OS process is tried again without end, is no dead letter, and goes on once it is mended",
  { timeout: 120_000 },
  async () => {
    const calm = join(createTemporaryFolder(), "calm");
    await using server = await startRestateServer();
    const serve = async (port: number) => {
      const service = startNode([script, String(port), calm]);
      const line = await service.line("stdout", /serves on \d+/);
      return { service, port: Number(/\d+/.exec(line)![0]) };
    };
    let { service, port } = await serve(0);
    await server.register(`http://127.0.0.1:${port}`);
    await using system = await connectRestate({ definitions: [order], logger: silentLogger, ingress: server.ingress, admin: server.admin });

    await system.dispatch({ type: "OrderPlaced", aggregateId: "deadly" });
    for (let death = 1; ; death += 1) {
      expect((await service.ended).signal).toBe("SIGKILL");
      if (death === DEATHS) break;
      ({ service, port } = await serve(port));
    }
    expect(await system.deadLetters.list()).toEqual([]);
    writeFileSync(calm, "");
    await serve(port);

    const { processId } = await system.processes.waitFor({ process: "order/lifecycle", aggregateId: "deadly" }, { status: "started" });
    expect((await system.processes.history(processId)).map(({ kind }) => kind)).toEqual(["started", "handled"]);
  },
);
