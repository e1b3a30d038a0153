// A service on the built package whose handler kills its OS process, as long as the file that it is given is not there.
import { existsSync } from "node:fs";
import { defineProcess } from "perdure";
import { serveRestate } from "perdure/restate";

const [port, calm] = process.argv.slice(2);
const order = defineProcess({
  aggregate: "order",
  name: "lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  on: {
    OrderPlaced: ({ event }) => {
      if (event.aggregateId === "deadly" && !existsSync(calm)) process.kill(process.pid, "SIGKILL");
    },
  },
});
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const processes = { retry: { retryStrategy: "none" } };
const server = await serveRestate({ definitions: [order], processes, logger: silent, port: Number(port), address: "127.0.0.1" });
console.log(`serves on ${server.port}`);
