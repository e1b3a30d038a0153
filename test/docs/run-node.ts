import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectFolder } from "./markdown.ts";

/** What `node` prints, for a script of one of this project's packages or of the folder's. */
export async function runNode(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder, env: { ...process.env, NO_COLOR: "1" }, timeout: 25_000 }).catch(
    (error: Error & { readonly stdout: string; readonly stderr: string }) => {
      throw new Error(`${args.join(" ")} failed:\n${error.stdout}${error.stderr}`);
    },
  );
  return stdout + stderr;
}

/** Runs a TypeScript file as `npx jiti` does. */
export function runFile(folder: string, file: string): Promise<string> {
  return runNode(folder, join(projectFolder, "node_modules/jiti/lib/jiti-cli.mjs"), file);
}
