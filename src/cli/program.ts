import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addCheck } from "./commands/check.ts";
import { addDeadLetters } from "./commands/dead-letters.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEject } from "./commands/eject.ts";
import { addGraph } from "./commands/graph.ts";
import { addInit } from "./commands/init.ts";
import { addInspect } from "./commands/inspect.ts";
import { addList } from "./commands/list.ts";
import { addSend } from "./commands/send.ts";
import { addShow } from "./commands/show.ts";
import { addStart } from "./commands/start.ts";
import { addStats } from "./commands/stats.ts";
import { addTimers } from "./commands/timers.ts";
import { addTypegen } from "./commands/typegen.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** The command line: `perdure <noun> <verb>`. A wrong usage is thrown as a CommanderError after it was explained. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command("perdure")
    .description("Runs, watches and operates the process managers that perdure.config.ts describes.")
    .version(readVersion())
    .option("--config <file>", "the configuration file, instead of the perdure.config.* found upwards")
    .option("--verbose", "on failure, everything that is known, stack traces included")
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => terminal.printBlock(text.trimEnd()),
      outputError: (text) => terminal.note(text.trimEnd()),
      // Commander prints help and formats its lines itself.
      writeErr: (text) => {
        for (const line of text.trimEnd().split("\n")) terminal.note(line);
      },
    })
    .exitOverride();
  // Subcommands inherit what is configured above, so they are added after that.
  for (const add of commands) add(program, terminal);
  for (const command of allCommands(program)) command.showHelpAfterError(`Run \`${fullName(command)} --help\` to see how it is used.`);
  return program;
}

// In the order in which help lists them.
const commands = [
  addInit,
  addStart,
  addSend,
  addList,
  addShow,
  addTimers,
  addDeadLetters,
  addStats,
  addCheck,
  addDoctor,
  addGraph,
  addEject,
  addInspect,
  addTypegen,
];

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };
  return version;
}

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
