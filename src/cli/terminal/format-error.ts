import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import { findPackageFolder } from "../../platform/package-folder.ts";

/**
 * A recorded error as lines: what it says, where it was thrown, what it carries, and indented below it the errors it stands for and its
 * cause. Without `verbose` the stack ends where Perdure itself begins, and long values are cut.
 */
export function formatError(error: ErrorRecord, verbose: boolean): readonly string[] {
  const { name, message, stack = "", code, status, properties = {}, errors = [], cause } = error;
  const facts = Object.entries({ code, status, ...properties }).filter(([, value]) => value !== undefined);
  const below = (heading: string, inner: ErrorRecord) => [heading, ...formatError(inner, verbose).map((line) => `  ${line}`)];
  return [
    ...`${name}: ${message}`.split("\n"),
    ...readFrames(stack, verbose),
    ...facts.map(([fact, value]) => `${fact}: ${cut(JSON.stringify(value), verbose)}`),
    ...errors.flatMap((inner, index) => below(`error ${index + 1} of ${errors.length}`, inner)),
    ...(cause === undefined ? [] : below("caused by", cause)),
  ];
}

// A stack begins with the message that the error was made with. The message may have been changed since.
function readFrames(stack: string, verbose: boolean): readonly string[] {
  const lines = stack.split("\n");
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  const frames = first === -1 ? [] : lines.slice(first);
  // From the first frame of Perdure on, the stack says nothing more about the user's code.
  const ours = verbose ? -1 : frames.findIndex((line) => ownFolders.some((folder) => line.includes(folder)));
  return ours === -1 ? frames : frames.slice(0, ours);
}

// As it is installed, and as it is tested.
const ownFolders = ["dist/", "src/"].map((folder) => new URL(folder, findPackageFolder()).href);

const LONGEST_FACT = 300;

function cut(text: string, verbose: boolean): string {
  return verbose || text.length <= LONGEST_FACT ? text : `${text.slice(0, LONGEST_FACT)}…`;
}
