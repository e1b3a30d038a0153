import { Command } from "commander";
import { readPackageVersion } from "../platform/package-folder.ts";
import type { Terminal } from "./terminal/terminal.ts";

/**
 * The command line: `perdure <noun> <verb>`. Of the commands it has the one that `args` name, or all of them. A wrong usage is thrown as a
 * CommanderError after it was explained.
 */
export async function createProgram(terminal: Terminal, args: readonly string[] = []): Promise<Command> {
  const needed = await Promise.all(findNeeded(args).map((load) => load()));
  const program = new Command("perdure")
    .description("Runs, watches and operates the process managers that perdure.config.ts describes.")
    .version(readPackageVersion())
    .option("--config <file>", "the configuration file, instead of the perdure.config.* found upwards")
    .option("--verbose", "on failure, everything that is known, stack traces included")
    // The names of commands leave room for what they do; the options of each are in its own help.
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20, subcommandTerm: nameWithArguments })
    .showSuggestionAfterError()
    .configureOutput({
      getOutHelpWidth: () => terminal.columns ?? 80,
      writeOut: (text) => terminal.printBlock(text.trimEnd()),
      outputError: (text) => terminal.noteWrapped([], text.trimEnd()),
      // Commander prints help and formats its lines itself.
      writeErr: (text) => {
        for (const line of text.trimEnd().split("\n")) terminal.note(line);
      },
    })
    .exitOverride();
  // Subcommands inherit what is configured above, so they are added after that.
  for (const add of needed) add(program, terminal);
  for (const command of allCommands(program)) command.showHelpAfterError(`Run \`${fullName(command)} --help\` to see how it is used.`);
  return program;
}

type AddCommand = (program: Command, terminal: Terminal) => void;

// In the order in which help lists them. Most of the time that a command takes is the loading of modules, so each loads its own.
const commands: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ["init", async () => (await import("./commands/init.ts")).addInit],
  ["start", async () => (await import("./commands/start.ts")).addStart],
  ["dev", async () => (await import("./commands/dev.ts")).addDev],
  ["send", async () => (await import("./commands/send.ts")).addSend],
  ["list", async () => (await import("./commands/list.ts")).addList],
  ["show", async () => (await import("./commands/show.ts")).addShow],
  ["cancel", async () => (await import("./commands/cancel.ts")).addCancel],
  ["suspend", async () => (await import("./commands/suspend.ts")).addSuspend],
  ["resume", async () => (await import("./commands/resume.ts")).addResume],
  ["reschedule", async () => (await import("./commands/reschedule.ts")).addReschedule],
  ["timers", async () => (await import("./commands/timers.ts")).addTimers],
  ["schedules", async () => (await import("./commands/schedules.ts")).addSchedules],
  ["scheduled", async () => (await import("./commands/scheduled.ts")).addScheduled],
  ["dead-letters", async () => (await import("./commands/dead-letters.ts")).addDeadLetters],
  ["erase", async () => (await import("./commands/erase.ts")).addErase],
  ["backup", async () => (await import("./commands/backup.ts")).addBackup],
  ["stats", async () => (await import("./commands/stats.ts")).addStats],
  ["check", async () => (await import("./commands/check.ts")).addCheck],
  ["doctor", async () => (await import("./commands/doctor.ts")).addDoctor],
  ["graph", async () => (await import("./commands/graph.ts")).addGraph],
  ["eject", async () => (await import("./commands/eject.ts")).addEject],
  ["inspect", async () => (await import("./commands/inspect.ts")).addInspect],
  ["ui", async () => (await import("./commands/ui.ts")).addUi],
  ["typegen", async () => (await import("./commands/typegen.ts")).addTypegen],
  ["export", async () => (await import("./commands/export.ts")).addExport],
  ["import", async () => (await import("./commands/import.ts")).addImport],
  ["restate", async () => (await import("./commands/restate.ts")).addRestate],
]);

/** The command that `args` name, or all: for help, and for whatever is not understood. */
function findNeeded(args: readonly string[]): readonly (() => Promise<AddCommand>)[] {
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const add = commands.get(arg);
    if (add !== undefined) return [add];
    if (arg === "--config") rest.shift();
    else if (arg !== "--verbose" && !arg.startsWith("--config=")) break;
  }
  return [...commands.values()];
}

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function nameWithArguments(command: Command): string {
  const named = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...named].join(" ");
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
