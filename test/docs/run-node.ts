import { jiti, startNode } from "../support/os-process.ts";

/** What `node` prints, both streams together. With `signal`, it is sent as soon as something was printed. */
export async function runNode(folder: string, args: readonly string[], signal?: NodeJS.Signals): Promise<string> {
  const program = startNode(args, { cwd: folder });
  if (signal !== undefined) void program.line("output").then(() => program.signal(signal));
  const { code, output } = await program.ended;
  if (code !== 0) throw new Error(`${args.join(" ")} failed:\n${output}`);
  return output;
}

/** Runs a TypeScript file as `npx jiti` does. */
export function runFile(folder: string, file: string, signal?: NodeJS.Signals): Promise<string> {
  return runNode(folder, [jiti, file], signal);
}
