import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { until } from "./patience.ts";

/*
 * A server of Restate for tests: the binary of its package, started directly, on loopback only and without telemetry. The server asks
 * api.github.com for newer releases and has no switch for that, so where the test may mount, the server sees a hosts file that leads those
 * names to loopback. `.system.test.ts` files only, because it is an OS process.
 */

const packageName = `@restatedev/restate-server-${process.platform}-${process.arch}`;

/** A server that listens. It is killed and its folder removed by `await using`, and when this OS process exits. */
export interface RestateServer extends AsyncDisposable {
  /** The addresses, such as `http://127.0.0.1:18080`. They stay the same over a restart. */
  readonly ingress: string;
  readonly admin: string;
  /** Where its data, its log and nothing else lie. */
  readonly folder: string;
  /** Of the server itself, not of a wrapper. */
  readonly pid: number;
  /** What the server has logged so far. */
  log(): string;
  /** With SIGKILL; resolves when the OS process has ended. */
  kill(): Promise<void>;
  /** On the same folder and ports; kills it first if it still runs. Resolves when it is healthy. */
  restart(): Promise<void>;
  /** Registers the services that listen at `uri`, in the place of what was registered for that address. */
  register(uri: string): Promise<void>;
  sql(query: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export interface RestateServerOptions {
  /** In addition to the server's settings here, such as `{ RESTATE_DEFAULT_NUM_PARTITIONS: "1" }`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its name in a cluster, and its ports: who starts several has to know them all before. Default: it is alone, on free ports. */
  readonly node?: { readonly name: string; readonly ports: NodePorts };
}

export type NodePorts = Readonly<Record<"ingress" | "admin" | "node", number>>;

/** `true`, or the reason why no server of Restate can be started here. `describe.skipIf` takes {@link isRestateHere}. */
export function restateHere(): true | string {
  if (findBinary() !== undefined) return true;
  return `the server of Restate is not installed: ${packageName} is not there (see CONTRIBUTING.md, "Tests on Restate")`;
}

/** Whether a server can be started here. Where it cannot, the reason is printed once, so that a skipped test says why. */
export function isRestateHere(): boolean {
  const here = restateHere();
  if (here !== true) process.stderr.write(`skipped: ${here}\n`);
  return here === true;
}

/** Starts a server. @throws if the package of this platform is not installed, or if the server is not healthy in time: then with its log */
export async function startRestateServer({ env = {}, node }: RestateServerOptions = {}): Promise<RestateServer> {
  const binary = findBinary();
  if (binary === undefined) throw new Error(String(restateHere()));
  const folder = mkdtempSync(join(tmpdir(), "perdure-restate-"));
  const { name, ports } = node ?? { name: "n1", ports: (await takeNodePorts(1))[0]! };
  const urls = { ingress: `http://127.0.0.1:${ports.ingress}`, admin: `http://127.0.0.1:${ports.admin}` };
  const logPath = join(folder, "log");
  let child: ChildProcess | undefined;

  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
  const kill = async () => {
    if (child === undefined || !isRunning()) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  const clear = () => {
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const start = async () => {
    const [command, ...before] = wrapBinary(binary, folder);
    const log = openSync(logPath, "a");
    child = spawn(command!, [...before, "--base-dir", join(folder, "base"), "--node-name", name, "--cluster-name", "test", "--no-logo"], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...settings(ports), ...env },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    const isHealthy = async () => {
      if (!isRunning()) throw new Error(`the server of Restate ended: ${readFileSync(logPath, "utf8")}`);
      return (await answers(`${urls.admin}/health`)) && (await answers(`${urls.ingress}/restate/health`));
    };
    await until(isHealthy, Boolean, START_MS).catch((error: unknown) => {
      throw new Error(`the server of Restate is not healthy: ${readFileSync(logPath, "utf8")}`, { cause: error });
    });
  };

  process.once("exit", clear);
  const dispose = async () => {
    await kill();
    clear();
    process.removeListener("exit", clear);
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    ...urls,
    folder,
    get pid() {
      return child!.pid!;
    },
    log: () => readFileSync(logPath, "utf8"),
    kill,
    restart: async () => {
      await kill();
      await start();
    },
    register: async (uri) => void (await post(`${urls.admin}/deployments`, { uri, force: true })),
    sql: async (query) => ((await post(`${urls.admin}/query`, { query })) as { rows: Readonly<Record<string, unknown>>[] }).rows,
    [Symbol.asyncDispose]: dispose,
  };
}

// The start takes about a second; a machine that others use as well may be slow.
const START_MS = 60_000;

function findBinary(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    const path = join(dirname(manifest), "bin/restate-server");
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** The server dies with the test even if that is killed, and sees a hosts file of its own, as far as this machine allows. */
function wrapBinary(binary: string, folder: string): readonly string[] {
  const works = (...[command, ...args]: [string, ...string[]]) => spawnSync(command, args).status === 0;
  const dies = works("setpriv", "--pdeathsig", "KILL", "true") ? ["setpriv", "--pdeathsig", "KILL"] : [];
  const hosts = join(folder, "hosts");
  writeFileSync(hosts, "127.0.0.1 localhost\n127.0.0.1 api.github.com restate.gateway.scarf.sh\n");
  const mounted = (...then: string[]) =>
    ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts, ...then] as const;
  return works(...mounted("true")) ? [...mounted(...dies), binary] : [...dies, binary];
}

/** The server's default is to listen on all interfaces, so that each address is set. */
function settings({ ingress, admin, node }: NodePorts) {
  return {
    DO_NOT_TRACK: "1",
    RESTATE_DISABLE_TELEMETRY: "true",
    RUST_LOG: "warn",
    RESTATE_LOG_DISABLE_ANSI_CODES: "true",
    RESTATE_LOG_FORMAT: "compact",
    RESTATE_LISTEN_MODE: "tcp",
    RESTATE_BIND_IP: "127.0.0.1",
    RESTATE_ADVERTISED_HOST: "127.0.0.1",
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
    RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
    RESTATE_DEFAULT_NUM_PARTITIONS: "4",
    RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: "128MB",
  };
}

/** Ports that are free now, held all at once so that they differ. */
export async function takeNodePorts(nodes: number): Promise<readonly NodePorts[]> {
  const holders = Array.from({ length: nodes * 3 }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(holders.map((holder) => once(holder, "listening")));
  const ports = holders.map((holder) => (holder.address() as { port: number }).port);
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return Array.from({ length: nodes }, (_, at) => ({ ingress: ports[at * 3]!, admin: ports[at * 3 + 1]!, node: ports[at * 3 + 2]! }));
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function post(url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text}`);
  return JSON.parse(text);
}
