// Two workers on one file in one OS process, on the built package: in two threads, or as two copies of the package in one thread. Says
// what each of them is over three leases, and what is left of the second when the first has ended without a word.
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const root = fileURLToPath(new URL("../../", import.meta.url));
const leaseMs = 300;

async function work(packageFolder, folder) {
  const { createProcessSystem, defineProcess } = await import(pathToFileURL(join(packageFolder, "dist/index.js")));
  const definition = defineProcess({ aggregate: "order", name: "lc", startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d", on: {} });
  const said = [];
  const log = (message) => said.push(message);
  const system = await createProcessSystem({
    definitions: [definition],
    store: { path: join(folder, "perdure.db") },
    processes: { lease: leaseMs },
    logger: { warn: log, error: log },
  });
  await system.start();
  return { state: () => system.state, said };
}

async function workInThread(folder) {
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: { folder } });
  let told = await new Promise((resolve) => thread.once("message", resolve));
  thread.on("message", (message) => (told = message));
  return { state: () => told.state, said: told.said, end: () => thread.terminate() };
}

async function workInCopy(folder, name) {
  const copy = join(folder, name);
  cpSync(join(root, "dist"), join(copy, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(copy, "package.json"));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return work(copy, folder);
}

if (isMainThread) {
  const [how, folder] = process.argv.slice(2);
  const open = how === "threads" ? workInThread : workInCopy;
  const first = await open(folder, "first");
  const second = await open(folder, "second");
  const seen = new Set();
  for (const until = Date.now() + 3 * leaseMs; Date.now() < until; await sleep(20)) seen.add(`${first.state()} ${second.state()}`);
  const successor = first.end && (await first.end(), await sleep(3 * leaseMs), second.state());
  process.stdout.write(JSON.stringify({ seen: [...seen], successor, said: [...first.said, ...second.said] }));
  process.exit();
} else {
  const { state, said } = await work(root, workerData.folder);
  setInterval(() => parentPort.postMessage({ state: state(), said }), 20);
  parentPort.postMessage({ state: state(), said });
}
