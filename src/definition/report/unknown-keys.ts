import { suggestName } from "../../platform/suggest.ts";
import type { DiagnosticCode } from "./diagnostic-codes.ts";
import type { Report } from "./report.ts";

/** Reports every key of `given` that is not in `known`. `owner` is whose keys they are, such as `a command`. */
export function reportUnknownKeys(
  given: object,
  known: readonly string[],
  { owner, file, code = "SETTING_INVALID" }: { readonly owner: string; readonly file: string; readonly code?: DiagnosticCode },
  report: Report,
): void {
  const keys = known.length === 1 ? `key is ${known[0]}` : `keys are ${known.join(", ")}`;
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const close = suggestName(key, known);
    report.error(code, {
      file,
      reason: `${owner} has no key ${JSON.stringify(key)}${close === undefined ? "" : `; did you mean "${close}"?`}`,
      fix: close === undefined ? `Remove it; the ${keys}.` : `Rename it to ${close}.`,
    });
  }
}
