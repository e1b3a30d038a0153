import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { StoryError, within } from "../demo/check.ts";
import type { Effect } from "../demo/protocol.ts";

/** What a service process tells the story. */
export type Told =
  { readonly tell: "serves"; readonly port: number } | { readonly tell: "effect"; readonly pid: number; readonly effect: Effect };

export interface ServicesListener {
  onEffect(effect: Effect): void;
  /** One ended without being killed by the story. */
  onLost(error: StoryError): void;
}

/**
 * Service processes behind one address. Here Node's `cluster` hands each connection to one of them; elsewhere a load balancer does. None of them
 * keeps anything.
 */
export interface Services extends AsyncDisposable {
  readonly uri: string;
  readonly pids: readonly number[];
  /** Kills the one that has worked last, as a crash would. Returns its process id. */
  killBusiest(): Promise<number>;
}

export async function startServices(count: number, listener: ServicesListener): Promise<Services> {
  cluster.setupPrimary({ exec: jiti, args: [serviceFile], serialization: "advanced" });
  const killed = new Set<Worker>();
  let lastPid: number | undefined;
  const begin = async (): Promise<{ readonly worker: Worker; readonly port: number }> => {
    const worker = cluster.fork();
    const serves = new Promise<number>((resolve, reject) => {
      worker.once("exit", (code, signal) => {
        if (killed.has(worker)) return;
        const error = new StoryError(`a service process ended by itself, with ${signal ?? `exit code ${code}`}`);
        reject(error);
        listener.onLost(error);
      });
      worker.on("message", (told: Told) => {
        if (told.tell === "serves") return resolve(told.port);
        lastPid = told.pid;
        listener.onEffect(told.effect);
      });
    });
    return { worker, port: await within(30, "a service process serves", serves, () => "it says nothing") };
  };
  const kill = async (worker: Worker) => {
    killed.add(worker);
    const ended = once(worker, "exit");
    worker.process.kill("SIGKILL");
    await ended;
  };

  const begun = await Promise.all(Array.from({ length: count }, begin));
  const listLiving = () => begun.map(({ worker }) => worker).filter((worker) => !killed.has(worker));
  return {
    uri: `http://127.0.0.1:${begun[0]!.port}`,
    pids: begun.map(({ worker }) => worker.process.pid!),
    killBusiest: async () => {
      const living = listLiving();
      const busiest = living.find((worker) => worker.process.pid === lastPid) ?? living[0]!;
      await kill(busiest);
      return busiest.process.pid!;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(listLiving().map(kill));
    },
  };
}

/** Sends SIGKILL to all service processes and does not wait, for the end of this program. */
export function killServicesNow(): void {
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill("SIGKILL");
}

const serviceFile = fileURLToPath(new URL("./service.ts", import.meta.url));

// The command that runs the story too: it reads TypeScript on every version of Node that Perdure supports.
const jiti = join(dirname(createRequire(import.meta.url).resolve("jiti/package.json")), "lib/jiti-cli.mjs");
