import type { ProcessDefinition } from "../model/definition.ts";
import type { Report } from "../report/report.ts";

/** Reports every process whose name another has already. */
export function checkProcessNames(definitions: readonly ProcessDefinition[], report: Report): void {
  const sourceByProcess = new Map<string, string>();
  for (const { process, source } of definitions) {
    const other = sourceByProcess.get(process);
    if (other === undefined) sourceByProcess.set(process, source);
    else {
      report.error("PROCESS_DUPLICATE", {
        file: source,
        reason: other === source ? `the process ${process} is defined twice` : `the process ${process} is defined by ${other} as well`,
        fix: "Rename one of the two, or remove it.",
      });
    }
  }
}
