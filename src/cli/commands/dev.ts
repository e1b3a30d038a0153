import { type Command, Option } from "commander";
import { openChannel, type PartName, partNames } from "../dev/messages.ts";
import type { GlobalOptions } from "../project/project.ts";
import { formatExamples, readPort } from "../terminal/arguments.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface DevOptions {
  readonly port?: number;
  readonly open?: boolean;
  /** What this OS process is, if another `perdure dev` has started it. */
  readonly as?: PartName;
}

/** `perdure dev`: worker, types and page, anew whenever a file of the project changes, until Ctrl-C. */
export function addDev(program: Command, terminal: Terminal): void {
  program
    .command("dev")
    .summary("run worker, types and page, and start anew on each change")
    .description(
      "Run the system as a worker, keep the generated types up to date and serve the page, and start the worker anew whenever a file of the project changes; until Ctrl-C. A file that is broken is told of, and the next change is waited for.",
    )
    .option("--port <port>", "the port of the page (default: any that is free)", readPort)
    .option("--open", "open the page in the browser")
    .addOption(new Option("--as <part>").choices(partNames).hideHelp())
    .addHelpText(
      "after",
      formatExamples([
        ["perdure dev", "while you write handlers"],
        ["perdure dev --open --port 4600", "with the page in the browser, at the same port each time"],
      ]),
    )
    .action(async ({ port = 0, open = false, as }: DevOptions) => {
      const globals = program.opts<GlobalOptions>();
      if (as === undefined) {
        const { develop } = await import("../dev/develop.ts");
        return develop(globals, { port, open }, terminal);
      }
      const channel = openChannel();
      if (channel === undefined) throw new CliError(exitCodes.usage, "only `perdure dev` itself starts its parts", "Leave --as out.");
      // Its work is not to print, so lost output does not end it.
      terminal.allowLoss();
      if (as === "worker") return (await import("../dev/worker-part.ts")).runWorkerPart(globals, channel, terminal);
      return (await import("../dev/page-part.ts")).runPagePart(globals, channel, terminal);
    });
}
