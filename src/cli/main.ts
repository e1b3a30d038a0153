#!/usr/bin/env node
import { checkNode } from "../platform/node-version.ts";

// An old Node, or one that lacks a package, cannot load the rest, and is told so by what it can load.
try {
  checkNode();
  const { runCommandLine } = await import("./command-line.ts");
  await runCommandLine();
} catch (error) {
  const { reportInstallation } = await import("./broken-installation.ts");
  process.exitCode = await reportInstallation(error, process.argv.slice(2));
}
