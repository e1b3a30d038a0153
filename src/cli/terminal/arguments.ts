import { InvalidArgumentError } from "commander";
import { statuses, type Status } from "../../definition/model/instance.ts";

/** Reads `--limit`. */
export function readCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It has to be a whole number from 1.");
}

/** Reads `--cursor`. */
export function readCursor(text: string): string {
  if (/^\d+$/.test(text)) return text;
  throw new InvalidArgumentError("It has to be the cursor that the page before gave.");
}

/** Reads `--port`. */
export function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("It has to be a whole number from 1 to 65535.");
}

/** Reads `--url`. */
export function readPageUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new InvalidArgumentError("It has to be the whole address of a page, such as https://stately.ai/inspect.");
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
