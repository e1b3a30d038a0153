import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { ElkNode } from "elkjs/lib/elk-api.js";
import { errorToText } from "../../errors.ts";
import { type LayOut, layOutWithElk } from "./elk.ts";

// One process has one layout, whatever is marked in it.
const KEPT = 100;

// ELK's own worker is written for browsers: it talks by what is global there.
const PROGRAM = `
  const { parentPort, workerData } = require("node:worker_threads");
  globalThis.self = globalThis;
  globalThis.postMessage = (answer) => parentPort.postMessage(answer);
  require(workerData);
  parentPort.on("message", (data) => globalThis.onmessage({ data }));`;

/**
 * Has ELK lay out graphs on a thread of its own, so that nobody waits for it who wants something else, and keeps the last hundred layouts. The thread
 * ends when nothing is to be laid out. Where a program was bundled into one file, ELK's worker is not there, and this thread does it.
 */
export function createElkThread(): LayOut {
  const kept = new Map<string, Promise<ElkNode>>();
  const thread = createThread();
  return (graph) => {
    const key = JSON.stringify(graph);
    const found = kept.get(key) ?? thread(graph);
    // The one that was asked for last goes last.
    kept.delete(key);
    kept.set(key, found);
    found.catch(() => kept.delete(key));
    for (const oldest of kept.keys()) if (kept.size > KEPT) kept.delete(oldest);
    return found;
  };
}

interface Waiting {
  readonly resolve: (graph: ElkNode) => void;
  readonly reject: (error: unknown) => void;
}

/** What ELK's worker answers. */
interface Answer {
  readonly id: number;
  readonly data?: ElkNode;
  readonly error?: { readonly message?: string };
}

function createThread(): LayOut {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let last = 0;
  const end = (ended: Worker | undefined) => {
    if (worker === ended) worker = undefined;
    void ended?.terminate();
  };
  const begin = (file: string): Worker => {
    const begun = new Worker(PROGRAM, { eval: true, workerData: file, execArgv: [] });
    begun.on("message", ({ id, data, error }: Answer) => {
      // That it has registered.
      if (id === 0) return;
      const { resolve, reject } = waiting.get(id) ?? {};
      waiting.delete(id);
      if (data === undefined || error !== undefined) reject?.(new Error(`ELK: ${error?.message ?? "it gave no layout"}`));
      else resolve?.(data);
      if (waiting.size === 0) end(begun);
    });
    begun.on("error", (error) => {
      for (const { reject } of waiting.values()) reject(new Error(`ELK's thread has ended: ${errorToText(error)}`, { cause: error }));
      waiting.clear();
      end(begun);
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    begun.postMessage({ id: 0, cmd: "register", algorithms: ["layered"] });
    return begun;
  };
  return async (graph) => {
    const file = findWorker();
    if (file === undefined) return layOutWithElk(graph);
    worker ??= begin(file);
    const id = (last += 1);
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker!.postMessage({ id, cmd: "layout", graph, layoutOptions: {}, options: {} });
    });
  };
}

function findWorker(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve("elkjs/lib/elk-worker.min.js");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
