// A service on the built package, in whatever runs this: node restate-service.mjs <port>.
import { defineProcess } from "perdure";
import { serveRestate } from "perdure/restate";

const definition = defineProcess({
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderPacked"],
  timeout: "1h",
  on: { OrderPlaced: () => {}, OrderPacked: () => {} },
});
const served = await serveRestate({ definitions: [definition], port: Number(process.argv[2]), address: "127.0.0.1" });
console.log(`serves on ${served.port}`);
