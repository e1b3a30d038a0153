import type { Domain } from "../../definition/model/definition.ts";
import type { Diagnostic } from "../../definition/report/diagnostic.ts";
import { loadDomain } from "../../definition/load-domain.ts";
import { ProcessError } from "../../errors.ts";
import { readChart } from "../../machine/read-chart.ts";
import type { SystemOptions } from "../../system/system-options.ts";
import { countOf } from "../../platform/count-of.ts";
import { errorToFinding, type Finding } from "./finding.ts";

/** Whether the files of the domain can be loaded; if so, `domain` is there. */
export async function examineDefinitions(options: SystemOptions): Promise<{ readonly finding: Finding; readonly domain?: Domain }> {
  const about = "definitions";
  try {
    const { domain, diagnostics } = await loadDomain({ ...options, readChart });
    const text = [
      countOf(domain.definitions.length, "process", "processes"),
      countOf(domain.events.size, "declared event"),
      countOf(domain.commands.size, "command"),
    ].join(", ");
    if (diagnostics.length === 0) return { finding: { about, state: "ok", text }, domain };
    return {
      finding: {
        about,
        state: "warning",
        text: `${text}; ${countOf(diagnostics.length, "warning")}`,
        fix: "Run `perdure check` to read them.",
      },
      domain,
    };
  } catch (error) {
    if (!ProcessError.is(error, "DEFINITION_INVALID")) return { finding: errorToFinding(about, error) };
    const errors = (error.details.diagnostics as readonly Diagnostic[]).filter(({ severity }) => severity === "error");
    return {
      finding: {
        about,
        state: "failure",
        text: `${countOf(errors.length, "problem")} in the domain`,
        fix: "Run `perdure check` to read them.",
      },
    };
  }
}
