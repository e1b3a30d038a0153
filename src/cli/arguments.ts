import { InvalidArgumentError } from "commander";
import { statuses, type Status } from "../definition/handler.ts";

/** Reads `--limit`. */
export function readCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It has to be a whole number from 1.");
}

/** Reads `--cursor`. */
export function readCursor(text: string): string {
  if (/^\d+$/.test(text)) return text;
  throw new InvalidArgumentError("It has to be what the page before gave.");
}

/** Reads `--status`. */
export function readStatus(text: string): Status {
  const status = statuses.find((each) => each === text.replace("-", "_"));
  if (status !== undefined) return status;
  throw new InvalidArgumentError(`It has to be one of ${statuses.join(", ")}.`);
}

/** Help's examples, each a command and what it does. */
export function formatExamples(examples: readonly (readonly [command: string, what: string])[]): string {
  const longest = Math.max(...examples.map(([command]) => command.length));
  return ["", "Examples:", ...examples.map(([command, what]) => `  $ ${command.padEnd(longest)}  ${what}`)].join("\n");
}
