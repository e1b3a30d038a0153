import { type Command, Option } from "commander";
import type { Status } from "../../definition/model/instance.ts";
import { loadConfig } from "../../system/load-config.ts";
import { listEnclosing } from "../../machine/state-paths.ts";
import { formatExamples, readStatus } from "../terminal/arguments.ts";
import { drawPictured, findPictured, type PictureFormat, pictureFormats } from "../project/pictures.ts";
import type { GlobalOptions } from "../project/project.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface GraphOptions {
  readonly format: PictureFormat;
  readonly highlight?: Status;
  readonly state?: readonly string[];
}

/** `perdure graph`: a process as a picture, or for Stately's editor. */
export function addGraph(program: Command, terminal: Terminal): void {
  program
    .command("graph")
    .summary("draw a process")
    .description("Draw a process: Mermaid for GitHub, SVG for documentation, DOT for Graphviz, JSON for Stately's editor.")
    .argument("<process>", "such as order/order-lifecycle")
    .addOption(new Option("--format <format>", "in which form").choices(pictureFormats).default("mermaid"))
    .option("--highlight <status>", "mark this state: started, completed, timed_out, failed", readStatus)
    .option("--state <path...>", "mark these states of its own chart, such as active.charging")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure graph order-lifecycle >> docs/orders.md", "Mermaid"],
        ["perdure graph order-lifecycle --format svg > order.svg", "a picture"],
      ]),
    )
    .action(async (name: string, { format, highlight, state = [] }: GraphOptions) => {
      const pictured = await findPictured(name, await loadConfig(program.opts<GlobalOptions>().config));
      const marks = { highlight: highlight ?? (state.length > 0 ? "started" : undefined), lit: listEnclosing(state) };
      terminal.printBlock((await drawPictured(pictured, format, marks)).trimEnd());
    });
}
