import { type Command, Option } from "commander";
import type { Status } from "../../definition/model/instance.ts";
import { loadConfig } from "../../system/load-config.ts";
import { listEnclosing } from "../../machine/state-paths.ts";
import { formatExamples, readStatus } from "../terminal/arguments.ts";
import { type PictureFormat, pictureFormats } from "../../graph/picture-format.ts";
import { drawLoadedDomain } from "../../graph/svg/domain/draw-domain.ts";
import { loadDefinitions } from "../project/load-definitions.ts";
import { drawPictured, findPictured } from "../project/pictures.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { GlobalOptions } from "../project/project.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface GraphOptions {
  readonly format: PictureFormat;
  readonly highlight?: Status;
  readonly state?: readonly string[];
  readonly domain?: boolean;
}

/** `perdure graph`: a process as a picture, or for Stately's editor; or the whole domain as one map. */
export function addGraph(program: Command, terminal: Terminal): void {
  program
    .command("graph")
    .summary("draw a process, or the whole domain")
    .description(
      "Draw a process: Mermaid for GitHub, SVG for documentation, DOT for Graphviz, JSON for Stately's editor. With --domain, draw who reacts to what.",
    )
    .argument("[process]", "such as order/order-lifecycle")
    .option("--domain", "draw all events, processes, policies, commands and schedules as one map")
    .addOption(new Option("--format <format>", "in which form").choices(pictureFormats).default("mermaid"))
    .option("--highlight <status>", "mark this state: started, completed, timed_out, failed", readStatus)
    .option("--state <path...>", "mark these states of its own chart, such as active.charging")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure graph order-lifecycle >> docs/orders.md", "Mermaid"],
        ["perdure graph order-lifecycle --format svg > order.svg", "a picture"],
        ["perdure graph --domain --format svg > domain.svg", "who reacts to what"],
      ]),
    )
    .action(async (name: string | undefined, options: GraphOptions) => {
      const { format, highlight, state = [] } = options;
      checkSubject(name, options);
      const project = await loadConfig(program.opts<GlobalOptions>().config);
      if (name === undefined) {
        const { domain } = await loadDefinitions(project);
        terminal.printBlock((await drawLoadedDomain(domain, format)).trimEnd());
        return;
      }
      const pictured = await findPictured(name, project);
      const marks = { highlight: highlight ?? (state.length > 0 ? "started" : undefined), lit: listEnclosing(state) };
      terminal.printBlock((await drawPictured(pictured, format, marks)).trimEnd());
    });
}

/** @throws CliError unless it is one process that is to be drawn, or the domain without marks */
function checkSubject(name: string | undefined, { domain = false, highlight, state }: GraphOptions): void {
  if (name === undefined && !domain) {
    throw new CliError(exitCodes.usage, "what to draw is not said", "Name a process, or draw the whole domain with --domain.");
  }
  if (!domain) return;
  if (name !== undefined) {
    throw new CliError(
      exitCodes.usage,
      `--domain draws all processes, and ${JSON.stringify(name)} names one`,
      "Leave out --domain to draw the process, or its name to draw the domain.",
    );
  }
  const mark = highlight === undefined ? (state === undefined ? undefined : "--state") : "--highlight";
  if (mark === undefined) return;
  throw new CliError(
    exitCodes.usage,
    `${mark} marks a state of one process, and --domain draws all of them`,
    "Name the process in place of --domain.",
  );
}
