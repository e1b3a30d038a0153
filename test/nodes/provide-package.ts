import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { startProcess } from "../support/os-process.ts";

/**
 * The `node_modules` in which a package of the registry lies. It is kept beside the versions of Node (test/support/node-versions.ts), and installed only
 * once, without its scripts.
 * @throws if it cannot be installed
 */
export async function providePackage(name: string, range: string): Promise<string> {
  const kept = process.env["PERDURE_NODES"] ?? join(homedir(), ".cache/perdure-nodes");
  const folder = join(kept, `${name}@${range}`.replaceAll("/", "+"));
  if (!existsSync(folder)) {
    mkdirSync(kept, { recursive: true });
    // Beside its place, so that what is there is whole.
    const unfinished = mkdtempSync(join(kept, "unfinished-"));
    try {
      writeFileSync(join(unfinished, "package.json"), "{}");
      const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", `${name}@${range}`];
      const ended = await startProcess("npm", args, { cwd: unfinished, onFinished: () => {} }).ended;
      if (ended.code !== 0) throw new Error(`npm could not install ${name}@${range}: ${ended.output}`);
      if (!existsSync(folder)) renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(folder, "node_modules");
}
