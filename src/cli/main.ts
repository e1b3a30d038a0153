#!/usr/bin/env node
import { checkNode } from "../platform/node-version.ts";

let run = async () => {};
try {
  checkNode();
  const { prepareCommandLine } = await import("./command-line.ts");
  run = await prepareCommandLine();
} catch (error) {
  // An old Node, or a project that lacks a package, cannot load the command line, and is told so by what can be loaded.
  const { reportInstallation } = await import("./broken-installation.ts");
  process.exitCode = await reportInstallation(error, process.argv.slice(2));
}
await run();
