import { spawn } from "node:child_process";
import { CliError, exitCodes } from "../../src/cli/terminal/exit-codes.ts";
import type { PackageManagerName } from "./choices.ts";

/** @throws CliError unless the package manager can be run */
export async function checkPackageManager(name: PackageManagerName): Promise<void> {
  const { code, said } = await run(name, ["--version"], process.cwd());
  if (code === 0) return;
  const other = name === "npm" ? "pnpm" : "npm";
  throw new CliError(
    exitCodes.failure,
    `nothing was made: ${name} cannot be run: ${said}`,
    `Install ${name}, choose the other with --package-manager ${other}, or leave the packages out with --no-install.`,
  );
}

/** Installs the packages of the project in `folder`, and makes its types. @throws CliError if that fails, or is aborted */
export async function installPackages(name: PackageManagerName, folder: string, signal: AbortSignal): Promise<void> {
  const options = name === "npm" ? ["--no-audit", "--no-fund"] : [];
  for (const args of [
    ["install", ...options],
    ["run", "typegen"],
  ]) {
    const { code, said } = await run(name, args, folder, signal);
    if (signal.aborted) throw new CliError(exitCodes.failure, `nothing was made: it was interrupted by ${String(signal.reason)}`);
    if (code === 0) continue;
    throw new CliError(
      exitCodes.failure,
      `nothing was made: \`${[name, ...args].join(" ")}\` ended with ${code ?? "a signal"}:\n${said}`,
      "Without a network, or behind a proxy, make the project with --no-install, and install its packages when the registry can be reached.",
    );
  }
}

const SAID_LINES = 12;

interface Ended {
  readonly code: number | null;
  /** The end of what the program has printed. */
  readonly said: string;
}

/** Runs a program to its end, which comes early if `signal` is aborted. */
async function run(command: string, args: readonly string[], cwd: string, signal?: AbortSignal): Promise<Ended> {
  // npm and pnpm are scripts of the shell on Windows.
  const child = spawn(command, args, { cwd, signal, stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((resolve) => {
    child.once("error", ({ message }) => {
      // Of a program that was started, the end is waited for, because until then it writes.
      if (child.pid === undefined) resolve({ code: 1, said: message });
    });
    child.once("close", (code) => resolve({ code, said: said.trimEnd().split("\n").slice(-SAID_LINES).join("\n") }));
  });
}
