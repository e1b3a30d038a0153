import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, CommanderError } from "commander";
import { describe, expect, test as it } from "vitest";
import { createProgram } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal/terminal.ts";
import { type Block, type Page, placeOf, projectFolder, readBlocks, readPages, withoutCode } from "./markdown.ts";
import { splitCommands } from "./split-commands.ts";

interface TypedCommand {
  readonly place: string;
  readonly words: readonly string[];
}

const terminal = createTerminal();
const typed = readPages().flatMap((page) => [...readBlocks(page).flatMap(readCommands), ...readMentioned(page)]);
const { scripts } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

describe("a command in the documentation", () => {
  it("is one that the command line takes, with these options and arguments", async () => {
    const given = typed.flatMap(({ place, words }) =>
      stripNpx(words)[0] === "perdure" ? [{ place, args: stripNpx(words).slice(1) }] : [],
    );
    expect(given.length).toBeGreaterThan(50);
    const refused: string[] = [];
    for (const { place, args } of given) {
      const problem = await findProblem(args);
      if (problem !== undefined) refused.push(`${place}: perdure ${args.join(" ")}: ${problem}`);
    }
    expect(refused).toEqual([]);
  });

  it("names scripts of package.json, if it is one of npm's", () => {
    const named = typed.filter(({ words }) => words[0] === "npm").map(({ place, words }) => ({ place, script: readScript(words) }));
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter(({ script }) => script !== undefined && scripts[script] === undefined)).toEqual([]);
  });

  it("runs no program that is neither of the system, npm, Graphviz nor one of the packages here", () => {
    const programs = typed.map(({ place, words }) => ({ place, program: stripNpx(words)[0]!, isPackage: words[0] === "npx" }));
    const isKnown = ({ program, isPackage }: (typeof programs)[number]) =>
      isPackage ? program === "perdure" || existsSync(join(projectFolder, "node_modules/.bin", program)) : known.has(program);
    expect(programs.filter((each) => !isKnown(each))).toEqual([]);
  });
});

// `perdure` alone is for those who have it on their path, as in the command line's own help.
const known = new Set(["perdure", "npm", "mkdir", "cd", "dot", "head", "tail", "kill", "openssl"]);

/** The lines of a block of `sh`, and in a block of output those behind a `$`. */
function readCommands(block: Block): readonly TypedCommand[] {
  const lines = block.code.split("\n");
  const commands =
    block.language === "sh"
      ? lines
      : block.language === "text"
        ? lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2))
        : [];
  return commands.flatMap((line) => splitCommands(line).map((words) => ({ place: placeOf(block), words })));
}

/** What a sentence has between backticks and begins with `perdure` or `npm`, unless it says how a command is used in general. */
function readMentioned(page: Page): readonly TypedCommand[] {
  const mentioned = [...withoutCode(page.text).matchAll(/`((?:(?:npx )?perdure|npm)\s[^`]+)`/g)].map(([, command = ""]) =>
    command.replace(/\s+/g, " "),
  );
  return mentioned
    .filter((command) => !/[[<…]/.test(command))
    .flatMap((command) => splitCommands(command).map((words) => ({ place: page.path, words })));
}

function stripNpx(words: readonly string[]): readonly string[] {
  return words[0] === "npx" ? words.slice(1) : words;
}

/** The script that `npm` will run; `undefined` for what npm does by itself. */
function readScript([, verb = "", name]: readonly string[]): string | undefined {
  if (verb === "run") return name ?? "";
  if (verb === "cit") return "test";
  if (["start", "test"].includes(verb)) return verb;
  return ["ci", "init", "install", "ls", "pack", "publish", "rebuild"].includes(verb) ? undefined : verb;
}

/** What the command line says against some arguments. Nothing is run. */
async function findProblem(args: readonly string[]): Promise<string | undefined> {
  const said: string[] = [];
  const program = await createProgram(terminal);
  for (const command of allCommands(program)) {
    command.configureOutput({
      writeOut: (text) => said.push(text),
      writeErr: (text) => said.push(text),
      outputError: (text) => said.push(text),
    });
    if (command.commands.length === 0) command.action(() => {});
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? undefined : said.join("").split("\n")[0];
  }
}

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}
