import type { ChartProblem } from "../../definition/model/own-chart.ts";
import type { DiagnosticCode } from "../../definition/report/diagnostic-codes.ts";

/** Collects what is wrong with a chart; the same thing in many places is told once. */
export interface ChartReport {
  readonly problems: readonly ChartProblem[];
  error(code: DiagnosticCode, reason: string, fix: string): void;
  warning(code: DiagnosticCode, reason: string, fix: string): void;
}

export function createChartReport(): ChartReport {
  const problems = new Map<string, ChartProblem>();
  const put = (problem: ChartProblem) => {
    const key = `${problem.code} ${problem.reason}`;
    if (!problems.has(key)) problems.set(key, problem);
  };
  return {
    get problems() {
      return [...problems.values()];
    },
    error: (code, reason, fix) => put({ severity: "error", code, reason, fix }),
    warning: (code, reason, fix) => put({ severity: "warning", code, reason, fix }),
  };
}
