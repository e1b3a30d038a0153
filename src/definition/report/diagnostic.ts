import { ProcessError } from "../../errors.ts";

/** One thing that is wrong, or that deserves a second look, in a user's files. */
export interface Diagnostic {
  /** Stable, such as `EVENT_UNKNOWN`. */
  readonly code: string;
  /** A warning does not keep the system from starting. */
  readonly severity: "error" | "warning";
  /** The file or folder, or `defineProcess("…")`. */
  readonly file: string;
  readonly reason: string;
  /** What to do about it. */
  readonly fix: string;
}

/** One error for all of `diagnostics`, which holds at least one error. */
export function createDefinitionError(diagnostics: readonly Diagnostic[]): ProcessError {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const lines = errors.map(({ file, reason, fix }) => `  ${file}\n    ${reason}\n    ${fix}`);
  const count = errors.length === 1 ? "1 problem" : `${errors.length} problems`;
  return new ProcessError("DEFINITION_INVALID", `${count} in the definitions, nothing was started:\n${lines.join("\n")}`, {
    details: { diagnostics },
  });
}
