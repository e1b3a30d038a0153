import type { Command } from "commander";
import { createProcessSystem } from "../../create-process-system.ts";
import { displayPath } from "../../definition/display-path.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import type { LogFields, Logger } from "../../platform/logger.ts";
import { repeat } from "../../platform/repeat.ts";
import type { ProcessSystem } from "../../process-system.ts";
import { formatExamples } from "../arguments.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { type GlobalOptions, loadProject } from "../project.ts";
import type { Terminal } from "../terminal.ts";

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
      ]),
    )
    .action(async () => {
      const globals = program.opts<GlobalOptions>();
      const { options, storePath } = await loadProject(globals);
      const logger = options.logger ?? createLineLogger(terminal, globals.verbose ?? false);
      const system = await createProcessSystem({ ...options, role: "worker", logger });
      await system.start();
      // Who reads that it is ready may stop it at once.
      const stopped = untilStopped(system, terminal);
      terminal.print(describeStart(system, storePath));
      await stopped;
    });
}

function describeStart({ machines, state }: ProcessSystem, storePath: string): string {
  const count = Object.keys(machines).length;
  const place = `${count === 1 ? "1 process" : `${count} processes`} on ${displayPath(storePath)}, pid ${process.pid}`;
  return state === "working" ? `ready: working on ${place}` : `ready: standing by for ${place}; another worker works, and this one takes over when it ends`;
}

const signals = ["SIGINT", "SIGTERM"] as const;
const LOOK_MS = 500;

async function untilStopped(system: ProcessSystem, terminal: Terminal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const end = () => {
      stopLooking();
      for (const signal of signals) process.off(signal, onSignal);
    };
    const onSignal = () => {
      end();
      resolve();
    };
    // Whoever supervises this OS process starts it again.
    const stopLooking = repeat(() => {
      if (system.state !== "lost") return;
      end();
      // It refuses with the reason.
      system.whenIdle().then(resolve, (reason: unknown) => {
        reject(ProcessError.is(reason, "LEASE_LOST") ? new CliError(exitCodes.failure, "another worker has taken over, and this one has stopped", "Start it again to stand by.") : reason);
      });
    }, LOOK_MS);
    for (const signal of signals) process.on(signal, onSignal);
  });
  terminal.note("stopping: what runs may finish; a second signal stops it at once");
  // What is cut off is not committed, and runs again after the next start.
  for (const signal of signals) process.once(signal, () => process.exit());
  await system.stop();
  terminal.note("stopped");
}

/** Warnings and errors as a line each; with `verbose`, everything that is told, with stack traces. */
function createLineLogger(terminal: Terminal, verbose: boolean): Logger {
  const log = (level: keyof Logger) => (message: string, fields: LogFields = {}) => {
    const { error, ...facts } = fields;
    const text = error === undefined || message.includes(errorToText(error)) ? "" : `: ${errorToText(error)}`;
    const more = Object.keys(facts).length === 0 ? "" : ` ${JSON.stringify(facts)}`;
    terminal.note(`${level}: ${message}${text}${more}`);
    if (verbose && error instanceof Error && error.stack !== undefined) terminal.note(error.stack);
  };
  const silent = () => {};
  return { debug: verbose ? log("debug") : silent, info: verbose ? log("info") : silent, warn: log("warn"), error: log("error") };
}
