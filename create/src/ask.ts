import { createInterface } from "node:readline";
import { CliError, exitCodes } from "../../src/cli/terminal/exit-codes.ts";
import { type Answers, fronts, layouts, usual } from "./choices.ts";

/** Where questions are asked and answered. */
export interface Desk {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Asks what `given` leaves open. An empty answer takes what is usual.
 * @throws CliError if nobody is there to answer, or if they leave
 */
export async function askRest(given: Partial<Answers>, { stdin, stderr }: Desk): Promise<Answers> {
  const { folder, layout, http } = given;
  if (folder !== undefined && layout !== undefined && http !== undefined) return { folder, layout, http };
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new CliError(
      exitCodes.refused,
      `nothing was made: it is not said ${listMissing(given)}, and there is no terminal to ask at`,
      "Say it with <folder>, --layout and --http, or add --yes to take what is usual.",
    );
  }
  const lines = createInterface({ input: stdin })[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    stderr.write(question);
    const { value, done } = await lines.next();
    if (done === true) throw new CliError(exitCodes.refused, "nothing was made: the questions were not answered");
    return value.trim();
  };
  const choose = async <Choice extends string>(question: string, choices: readonly Choice[], preset: Choice): Promise<Choice> => {
    for (;;) {
      const answer = (await ask(question)).toLowerCase();
      if (answer === "") return preset;
      const found = choices.filter((choice) => choice.startsWith(answer));
      if (found.length === 1) return found[0]!;
      stderr.write(`  Answer ${choices.join(" or ")}.\n`);
    }
  };
  return {
    folder: folder ?? ((await ask(`In which folder? (${usual.folder}) `)) || usual.folder),
    layout: layout ?? (await choose("Where do sources lie: flat, beside package.json, or in src? (flat) ", layouts, usual.layout)),
    http: http ?? (await choose("An HTTP front: none, or hono? (none) ", fronts, usual.http)),
  };
}

function listMissing({ folder, layout, http }: Partial<Answers>): string {
  const missing = [
    folder === undefined && "in which folder",
    layout === undefined && "where sources lie",
    http === undefined && "whether there is an HTTP front",
  ];
  return missing.filter((each) => each !== false).join(", ");
}
