import { type Command, Option } from "commander";
import { createProcessSystem } from "../../system/create-process-system.ts";
import { displayPath } from "../../definition/report/display-path.ts";
import { ProcessError } from "../../errors.ts";
import type { Logger } from "../../platform/logger.ts";
import { repeat } from "../../platform/repeat.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import { type ProcessSystemOptions, readOptions } from "../../system/system-options.ts";
import { type Address, formatExamples, readAddress } from "../terminal/arguments.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import { createLineLogger, limitLogger, type LogLevel, logLevels } from "../terminal/line-logger.ts";
import { serveHealth } from "../project/serve-health.ts";
import { type FileProject, type GlobalOptions, isOnFile, loadProject } from "../project/project.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { untilStopped } from "../terminal/until-stopped.ts";

interface StartOptions {
  readonly logLevel?: LogLevel;
  readonly health?: Address;
}

/** `perdure start`: the configured system as a worker, until it is told to stop. */
export function addStart(program: Command, terminal: Terminal): void {
  program
    .command("start")
    .summary("run the system as a worker")
    .description("Run the system of the configuration as a worker, until Ctrl-C or SIGTERM. A second signal stops it at once.")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure start", "work here"],
        ["perdure start --config ops/perdure.config.ts", "with another configuration"],
        ["perdure start --log-level warn", "say nothing while all goes well"],
        ["perdure start --health 127.0.0.1:9464", "tell a supervisor and Prometheus how it is"],
      ]),
    )
    .addOption(
      new Option("--log-level <level>", "the lowest level that is shown (default: info; with --verbose: debug)").choices(logLevels),
    )
    .option("--health <address:port>", "serve /health/live, /health/ready and /metrics there", readAddress)
    .action(async ({ logLevel, health }: StartOptions) => {
      const globals = program.opts<GlobalOptions>();
      const project = await loadProject(globals);
      const options = { ...project.options, logger: chooseLogger(project.options, logLevel, globals, terminal) };
      if (isOnFile(project)) return work({ ...project, options }, health, terminal);
      if (health !== undefined) throw refuseHealth();
      // No other project loads anything of Restate.
      const { serveProject } = await import("../project/serve-project.ts");
      await serveProject({ ...project, options }, terminal);
    });
}

function refuseHealth(): CliError {
  return new CliError(
    exitCodes.usage,
    "--health tells how a worker on a file is, and this project is on Restate",
    "Ask Restate's admin port.",
  );
}

async function work({ options, storePath }: FileProject, health: Address | undefined, terminal: Terminal): Promise<void> {
  const system = await createProcessSystem({ ...options, role: "worker" });
  const served = health === undefined ? undefined : await serveHealth(system, health, terminal);
  try {
    await workUntilStopped(system, storePath, terminal);
  } finally {
    await served?.close();
  }
}

async function workUntilStopped(system: ProcessSystem, storePath: string, terminal: Terminal): Promise<void> {
  // The command's work is not to print, so lost output does not end it.
  terminal.allowLoss();
  await system.start();
  // Whoever reads that the worker is ready may stop it at once.
  const stopped = untilStopped({ watch: (end) => watchLoss(system, end), stop: () => system.stop() }, terminal);
  terminal.print(describeStart(system, storePath));
  await stopped;
}

// Whoever configures a logger of their own decides what it tells, unless the level is asked for here.
function chooseLogger(
  options: ProcessSystemOptions,
  level: LogLevel | undefined,
  { verbose = false }: GlobalOptions,
  terminal: Terminal,
): Partial<Logger> {
  if (options.logger === undefined)
    return limitLogger(createLineLogger(terminal.note, { stacks: verbose }), level ?? (verbose ? "debug" : "info"));
  return level === undefined ? options.logger : limitLogger(readOptions(options).logger, level);
}

function describeStart({ machines, state }: ProcessSystem, storePath: string): string {
  const count = Object.keys(machines).length;
  const place = `${count === 1 ? "1 process" : `${count} processes`} on ${displayPath(storePath)}, pid ${process.pid}`;
  return state === "working"
    ? `ready: working on ${place}`
    : `ready: standing by for ${place}; another OS process is the worker, and this one takes over when it ends`;
}

const LOOK_MS = 500;

/** Looks whether the system has lost its store. */
function watchLoss(system: ProcessSystem, end: (reason?: unknown) => void): () => void {
  const stopLooking = repeat(() => {
    if (system.state !== "lost") return;
    stopLooking();
    // whenIdle rejects with the reason.
    system.whenIdle().then(
      () => end(),
      (reason: unknown) => end(ProcessError.is(reason, "LEASE_LOST") ? tellDisplaced() : reason),
    );
  }, LOOK_MS);
  return stopLooking;
}

// Whoever supervises this OS process starts it again.
function tellDisplaced(): CliError {
  return new CliError(exitCodes.failure, "another worker has taken over, and this one has stopped", "Start it again to stand by.");
}
