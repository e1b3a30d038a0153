import { spawn } from "node:child_process";
import { join } from "node:path";
import { projectFolder } from "./markdown.ts";

const LONGEST_MS = 50_000;

/** What `node` prints, both streams together. With `signal`, it is sent as soon as something was printed. */
export function runNode(folder: string, args: readonly string[], signal?: NodeJS.Signals): Promise<string> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1" },
    timeout: LONGEST_MS,
    killSignal: "SIGKILL",
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (signal !== undefined) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${args.join(" ")} failed:\n${output}`));
    });
  });
}

/** Runs a TypeScript file as `npx jiti` does. */
export function runFile(folder: string, file: string, signal?: NodeJS.Signals): Promise<string> {
  return runNode(folder, [join(projectFolder, "node_modules/jiti/lib/jiti-cli.mjs"), file], signal);
}
