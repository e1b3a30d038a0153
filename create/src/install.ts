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

/** Installs the packages of the project in `folder`, and makes its types. @throws CliError if that fails */
export async function installPackages(name: PackageManagerName, folder: string): Promise<void> {
  const options = name === "npm" ? ["--no-audit", "--no-fund"] : [];
  for (const args of [
    ["install", ...options],
    ["run", "typegen"],
  ]) {
    const { code, said } = await run(name, args, folder);
    if (code === 0) continue;
    throw new CliError(
      exitCodes.failure,
      `nothing was made: \`${[name, ...args].join(" ")}\` ended with ${code ?? "a signal"}:\n${said}`,
      "Without a network, or behind a proxy, make the project with --no-install, and install its packages when the registry can be reached.",
    );
  }
}

const SAID_LINES = 12;

/** Runs a program to its end. `said` is the end of what it has printed. */
async function run(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ readonly code: number | null; readonly said: string }> {
  // npm and pnpm are scripts of the shell on Windows.
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((resolve) => {
    child.once("error", ({ message }) => resolve({ code: 1, said: message }));
    child.once("close", (code) => resolve({ code, said: said.trimEnd().split("\n").slice(-SAID_LINES).join("\n") }));
  });
}
