import { Worker } from "node:worker_threads";
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const path = require.resolve("elkjs/lib/elk-worker.min.js");
const code = `
const { parentPort, workerData } = require("node:worker_threads");
globalThis.self = globalThis;
globalThis.postMessage = (m) => parentPort.postMessage(m);
require(workerData);
console.log(typeof globalThis.onmessage, Object.keys(require(workerData)));
parentPort.on("message", (data) => globalThis.onmessage({ data }));
`;
const ELK = require("elkjs/lib/elk-api.js").default;
const factory = () => {
  const w = new Worker(code, { eval: true, workerData: path });
  w.unref();
  const port = { postMessage: (m) => w.postMessage(m), terminate: () => w.terminate(), onmessage: null };
  w.on("message", (data) => port.onmessage?.({ data }));
  w.on("error", (e) => console.error("ERR", e));
  return port;
};
const graph = () => ({ id: "r", layoutOptions: { "elk.algorithm": "layered" }, children: Array.from({length: 40}, (_, i) => ({ id: "n" + i, width: 80, height: 30 })), edges: Array.from({length: 80}, (_, i) => ({ id: "e" + i, sources: ["n" + (i % 40)], targets: ["n" + ((i * 7 + 3) % 40)] })) });
{
  const { default: Elk } = await import("elkjs/lib/elk.bundled.js");
  for (let i = 0; i < 3; i++) { const t = performance.now(); await new Elk().layout(graph()); console.log("same thread", performance.now() - t); }
}
const elk = new ELK({ workerFactory: factory });
for (let i = 0; i < 3; i++) {
  const t = performance.now(); let worst = 0, last = t; const h = setInterval(() => { const n = performance.now(); worst = Math.max(worst, n - last); last = n; }, 1);
  await Promise.race([elk.layout(graph()), new Promise((r) => setTimeout(() => r("timeout"), 5000))]).then((x) => console.log(x === "timeout" ? x : "ok", performance.now() - t, "worst gap", worst)); clearInterval(h);
}
