import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Command } from "commander";
import type { ProcessDefinition } from "../../definition/model/definition.ts";
import { loadConfig } from "../../system/load-config.ts";
import { ejectMachine, findObstacle, withoutCompletedBy } from "../eject/eject-machine.ts";
import { hasTypes, updateTypes } from "../project/generated-types.ts";
import { findProcess, refusePolicy, withoutChart } from "../project/find-process.ts";
import { loadDefinitions } from "../project/load-definitions.ts";
import type { GlobalOptions } from "../project/project.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { styled } from "../terminal/text.ts";

/** `perdure eject`: the chart of a process as a file of its own, to go on from. */
export function addEject(program: Command, terminal: Terminal): void {
  program
    .command("eject")
    .summary("write the chart of a process as machine.ts")
    .description("Write what a process does as machine.ts in its folder, a chart of its own to go on from. It does the same as before.")
    .argument("<process>", "such as order/order-lifecycle")
    .addHelpText("after", formatExamples([["perdure eject order-lifecycle", "then give it states of its own"]]))
    .action(async (name: string) => {
      const config = await loadConfig(program.opts<GlobalOptions>().config);
      const { domain } = await loadDefinitions(config);
      const processes = domain.definitions.map(({ process }) => process);
      refusePolicy(name, { processes, policies: [...domain.policies.keys()] }, withoutChart);
      const process = findProcess(name, processes, "process");
      eject(domain.definitions[processes.indexOf(process)]!, terminal);
      // The types of a config and of handlers are others where there is a chart, so that the ones from before would refuse the folder.
      const isTyped = hasTypes(config);
      if (isTyped) await updateTypes(config, terminal);
      const next = `${isTyped ? "" : "`perdure typegen` and "}\`perdure check\``;
      terminal.note(`Next: ${next}, then give the chart states of your own. \`perdure graph\` draws it.`);
    });
}

/** @throws CliError if its chart cannot say what it does, or if the file is there */
function eject(definition: ProcessDefinition, terminal: Terminal): void {
  const { process, source: folder } = definition;
  const obstacle = findObstacle(definition);
  if (obstacle !== undefined) throw new CliError(exitCodes.failure, `${process} cannot be ejected: ${obstacle.reason}`, obstacle.hint);
  const config = join(
    folder,
    readdirSync(folder).find((file) => /^index\.[cm]?[jt]sx?$/.test(file))!,
  );
  const machine = join(folder, `machine${extname(config)}`);
  // An empty one, or one whose name begins differently, has been reported by the loader.
  if (existsSync(machine)) throw new CliError(exitCodes.refused, `${machine} is there already`, "Nothing was written.");
  writeFileSync(machine, ejectMachine(definition), { flag: "wx" });
  terminal.print(styled("green", "create"), `  ${machine}: what ${process} does, as a chart of its own`);
  const { completedBy } = definition;
  if (completedBy.length > 0) takeOutCompletedBy(config, terminal);
  const unnamed = completedBy.filter((type) => !definition.outcomes.has(type));
  if (unnamed.length > 0)
    terminal.note(`Completed by ${unnamed.join(" or ")}, an instance now has an outcome: "completed", the name of the final state.`);
}

function takeOutCompletedBy(config: string, terminal: Terminal): void {
  const text = readFileSync(config, "utf8");
  const changed = withoutCompletedBy(text);
  if (changed === undefined) {
    terminal.note(`Remove completedBy from ${config}: the chart says what completes an instance.`);
    return;
  }
  writeFileSync(config, changed);
  terminal.print(styled("yellow", "change"), `  ${config}: without completedBy, because the chart says what completes an instance`);
}
