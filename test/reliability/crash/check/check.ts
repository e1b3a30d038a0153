import { createIndex, type Index } from "./evidence-index.ts";
import { type Evidence, readEvidence } from "./evidence.ts";

export interface CheckOptions {
  readonly maxRetries: number;
  readonly watchTimeoutMs: number;
}

/** What each check is given, whatever the plan was. */
export interface Check {
  readonly evidence: Evidence;
  readonly options: CheckOptions;
  readonly expect: (holds: boolean, violation: () => string) => void;
  readonly index: Index;
}

/** Reads what a finished run left behind. What does not hold is added to `violations`. */
export function openCheck(folder: string, options: CheckOptions, violations: string[]): Check {
  const evidence = readEvidence(folder);
  const expect = (holds: boolean, violation: () => string) => {
    if (!holds) violations.push(violation());
  };
  return { evidence, options, expect, index: createIndex(evidence) };
}
