// Two workers on one file in one OS process, on the built package: in two threads, or as two copies of the package in one thread. Says
// what each of them is for a while, and in threads what becomes of the second when the first has ended without a word.
import { once } from "node:events";
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import SqliteDatabase from "better-sqlite3";
import { sleep } from "../support/worker-side.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
// Longer than a worker stands still on a machine with much else to do.
const LEASE = "1m";

async function work(packageFolder, folder) {
  const { createProcessSystem, defineProcess } = await import(pathToFileURL(join(packageFolder, "dist/index.js")));
  const definition = defineProcess({ aggregate: "order", name: "lc", startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d", on: {} });
  const said = [];
  const log = (message) => said.push(message);
  const system = await createProcessSystem({
    definitions: [definition],
    store: { path: join(folder, "perdure.db") },
    processes: { lease: LEASE },
    logger: { warn: log, error: log },
  });
  await system.start();
  return { state: () => system.state, said: () => said };
}

/** A thread says what it is on its standard output, a line for each look. */
async function workInThread(folder) {
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: { folder }, stdout: true });
  let told;
  const lines = createInterface({ input: thread.stdout });
  lines.on("line", (line) => (told = JSON.parse(line)));
  await once(lines, "line");
  return { state: () => told.state, said: () => told.said, end: () => thread.terminate() };
}

async function workInCopy(folder, name) {
  const copy = join(folder, name);
  cpSync(join(root, "dist"), join(copy, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(copy, "package.json"));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return work(copy, folder);
}

/** As when its time has passed: the thread that has ended renews it no more. */
function expireLease(folder) {
  const database = new SqliteDatabase(join(folder, "perdure.db"));
  database.prepare("UPDATE perdure_lease SET expires_at = ?").run(Date.now());
  database.close();
}

if (isMainThread) {
  const [how, folder] = process.argv.slice(2);
  const open = how === "threads" ? workInThread : workInCopy;
  const first = await open(folder, "first");
  const second = await open(folder, "second");
  const seen = new Set();
  for (const until = Date.now() + 500; Date.now() < until; await sleep(20)) seen.add(`${first.state()} ${second.state()}`);
  if (how === "threads") {
    await first.end();
    expireLease(folder);
    for (const until = Date.now() + 20_000; second.state() === "standby" && Date.now() < until;) await sleep(20);
  }
  const successor = second.state();
  process.stdout.write(JSON.stringify({ seen: [...seen], successor, said: [...first.said(), ...second.said()] }));
  process.exit();
} else {
  const { state, said } = await work(root, workerData.folder);
  const tell = () => process.stdout.write(`${JSON.stringify({ state: state(), said: said() })}\n`);
  setInterval(tell, 20);
  tell();
}
