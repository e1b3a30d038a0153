import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createConnection, createServer } from "node:net";

/** The program that is started: `redis-server`, or what `PERDURE_REDIS` names. */
const program = process.env["PERDURE_REDIS"] ?? "redis-server";

export function findRedisProblem(): string | undefined {
  const { error, status } = spawnSync(program, ["--version"], { encoding: "utf8" });
  if (error === undefined && status === 0) return undefined;
  return `there is no ${program} that runs (install Redis, or name it with PERDURE_REDIS)`;
}

export interface RedisServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** A server on loopback that acknowledges a write when it is on the disk. Its files are in `folder`. */
export async function startRedis(folder: string): Promise<RedisServer> {
  mkdirSync(folder, { recursive: true });
  const port = await takePort();
  const settings = {
    bind: "127.0.0.1",
    port: String(port),
    dir: folder,
    appendonly: "yes",
    appendfsync: "always",
    save: "",
    "maxmemory-policy": "noeviction",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // Ends the server when its standard input ends, as it also does when this OS process is killed.
  const child = spawn("sh", ["-c", '"$@" > /dev/null & cat > /dev/null; kill -9 $!', "sh", program, ...args], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  await waitUntilItListens(port);
  return {
    port,
    stop: async () => {
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}

async function takePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  return port;
}

const START_MS = 10_000;

async function waitUntilItListens(port: number): Promise<void> {
  const startedAt = performance.now();
  for (;;) {
    const socket = createConnection(port, "127.0.0.1");
    const isThere = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return;
    if (performance.now() - startedAt > START_MS) throw new Error(`${program} does not listen on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
