// One life of a service process, on the built package: it serves the shop until it is killed. What its handlers do is a line each in a ledger
// file, which outlives the process.
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { say, sleep, takeOrders } from "../../support/worker-side.mjs";
import { createShop } from "./shop.mjs";

const { defineProcess } = await import("../../../dist/index.js");
const { serveRestate } = await import("../../../dist/restate/index.js");

takeOrders(({ folder, life, watchTimeout }) => {
  // A kill can cut a write off, so each line brings its own beginning, and a torn one does not spoil the next.
  const write = (line) => appendFileSync(join(folder, "ledger.jsonl"), `\n${JSON.stringify(line)}`);
  const act = async (facts, { takesMs = 0, throws = 0 }) => {
    write({ ...facts, life });
    if (takesMs > 0) await sleep(takesMs);
    write({ ...facts, life, has: "ended" });
    const isBroken = throws === "until mended" ? !existsSync(join(folder, "mended")) : facts.attempt <= throws;
    if (isBroken) throw new Error(`attempt ${facts.attempt} fails, as planned`);
  };
  const processes = { retry: { maxRetries: 2, initialDelay: "50ms", maxDelay: "200ms" }, handlerTimeout: "10s" };
  const log = (level) => (message) => say({ at: "log", level, message });
  const logger = { debug: () => {}, info: () => {}, warn: log("warn"), error: log("error") };
  serveRestate({ ...createShop({ defineProcess, act, watchTimeout }), processes, port: 0, address: "127.0.0.1", logger }).then(
    ({ port }) => say({ at: "serves", port }),
    (error) => {
      say({ at: "error", message: String(error?.stack ?? error) });
      setTimeout(() => process.exit(1), 50);
    },
  );
});
