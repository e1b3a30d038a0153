import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { StoryError } from "../demo/check.ts";

/** A server of Restate that only this machine reaches. */
export interface Server {
  /** Where events are dispatched, such as `http://127.0.0.1:18080`. It stays the same over a restart, and so does `admin`. */
  readonly ingress: string;
  readonly admin: string;
  readonly pid: number | undefined;
  /** Starts it, on the data that it had. */
  start(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Sends SIGKILL and does not wait, for the end of this program. */
  killNow(): void;
}

/** The server of Restate is not installed. The message says how to install it. */
export class ServerMissingError extends Error {
  override readonly name = "ServerMissingError";
}

/**
 * The path of the server's binary, from the npm package that has it for a platform.
 * @throws ServerMissingError if that package is not installed
 */
export function findServer(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@restatedev/restate-server-${platform}-${arch}`;
  try {
    const binary = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "bin/restate-server");
    if (existsSync(binary)) return binary;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
  }
  throw new ServerMissingError(
    `This story needs a server of Restate, and ${name} is not installed.\n` +
      "There are such packages for Linux and macOS, on x64 and arm64. To install yours beside what is here:\n" +
      `  npm install --no-save --force ${name}@1.7.12`,
  );
}

/** A server that has not been started. Its data and its log are in `folder`. @throws ServerMissingError */
export async function prepareServer(folder: string): Promise<Server> {
  const binary = findServer();
  const [ingress, admin, node] = await takePorts();
  const urls = { ingress: `http://127.0.0.1:${ingress}`, admin: `http://127.0.0.1:${admin}` };
  const logPath = join(folder, "server.log");
  let child: ChildProcess | undefined;
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;

  return {
    ...urls,
    get pid() {
      return child?.pid;
    },
    start: async () => {
      const log = openSync(logPath, "a");
      child = spawn(binary, ["--base-dir", join(folder, "base"), "--node-name", "n1", "--cluster-name", "example", "--no-logo"], {
        cwd: folder,
        env: { HOME: folder, ...listenOnLoopback({ ingress, admin, node }), ...settings },
        stdio: ["ignore", log, log],
      });
      closeSync(log);
      const endsAt = Date.now() + START_MS;
      while (!((await answers(`${urls.admin}/health`)) && (await answers(`${urls.ingress}/restate/health`)))) {
        if (!isRunning() || Date.now() > endsAt) throw new StoryError(`the server does not start\n${readFileSync(logPath, "utf8")}`);
        await setTimeout(50);
      }
    },
    kill: async () => {
      if (!isRunning()) return;
      const ended = once(child!, "exit");
      child!.kill("SIGKILL");
      await ended;
    },
    killNow: () => void child?.kill("SIGKILL"),
  };
}

// It takes a second where nothing else is to be done.
const START_MS = 60_000;

const settings = {
  // Otherwise the server tells its makers that it runs.
  DO_NOT_TRACK: "1",
  RESTATE_DISABLE_TELEMETRY: "true",
  RUST_LOG: "warn",
  RESTATE_LOG_DISABLE_ANSI_CODES: "true",
  // Enough for a few cores; the default is 24, and costs more with each.
  RESTATE_DEFAULT_NUM_PARTITIONS: "4",
  RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: "128MB",
};

/** Each address is given, because the server's default is to listen at all network interfaces. */
function listenOnLoopback({ ingress, admin, node }: Readonly<Record<"ingress" | "admin" | "node", number>>) {
  return {
    RESTATE_LISTEN_MODE: "tcp",
    RESTATE_BIND_IP: "127.0.0.1",
    RESTATE_ADVERTISED_HOST: "127.0.0.1",
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
  };
}

/** Three ports that are free now, held all at once so that they differ. */
async function takePorts(): Promise<readonly [number, number, number]> {
  const take = async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    return holder;
  };
  const holders = [await take(), await take(), await take()] as const;
  const portOf = (holder: (typeof holders)[number]) => (holder.address() as AddressInfo).port;
  const ports = [portOf(holders[0]), portOf(holders[1]), portOf(holders[2])] as const;
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
