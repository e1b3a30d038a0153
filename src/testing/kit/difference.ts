import type { DeadLetter } from "../../record/dead-letter.ts";

/** What was expected and what was found, a line each. */
export interface Difference {
  readonly what: string;
  readonly expected: readonly string[];
  readonly actual: readonly string[];
}

export function formatDifference({ what, expected, actual }: Difference): string {
  return [`  ${what}`, ...formatLines("expected", expected), ...formatLines("actual", actual)].join("\n");
}

function formatLines(title: string, lines: readonly string[]): readonly string[] {
  return (lines.length === 0 ? ["none"] : lines).map((line, index) => `    ${(index === 0 ? title : "").padEnd(8)}  ${line}`);
}

/** A dead letter as a person reads it: `on-order-placed: Error: the bank is down`. */
export function describeLetter({ handler, error }: DeadLetter): string {
  return `${handler}: ${error.name}: ${error.message}`;
}
