import { isThenable } from "../../platform/promises.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { DiagnosticCode } from "./diagnostic-codes.ts";

/** Collects what is wrong, so that all of it is reported together. */
export interface Report {
  readonly diagnostics: readonly Diagnostic[];
  error(code: DiagnosticCode, problem: Problem): void;
  warning(code: DiagnosticCode, problem: Problem): void;
  add(diagnostics: readonly Diagnostic[]): void;
}

export type Problem = Pick<Diagnostic, "file" | "reason" | "fix">;

export function createReport(): Report {
  const diagnostics: Diagnostic[] = [];
  const put = (severity: Diagnostic["severity"], code: DiagnosticCode, { file, reason, fix }: Problem) => {
    diagnostics.push({ code, severity, file, reason, fix });
  };
  return {
    diagnostics,
    error: (code, problem) => put("error", code, problem),
    warning: (code, problem) => put("warning", code, problem),
    add: (more) => {
      diagnostics.push(...more);
    },
  };
}

/** What a value is, for a reason: `undefined`, `null`, `an array`, `a number (5)`. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "an array";
  switch (typeof value) {
    case "string":
      return `the string ${JSON.stringify(value)}`;
    case "number":
    case "bigint":
    case "boolean":
      return `the ${typeof value} ${String(value)}`;
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    default:
      return isThenable(value) ? "a promise" : "an object";
  }
}
