import { basename } from "node:path";
import type { Domain, ProcessDefinition } from "../model/definition.ts";
import type { Diagnostic } from "../report/diagnostic.ts";
import { handlerName } from "../model/names.ts";
import { createReport, type Report } from "../report/report.ts";

/**
 * What deserves a second look in a domain that has no errors. Advice is given when it is asked for, and not at each start, because a
 * process that leaves something out on purpose should not have to be silenced.
 */
export function adviseDomain({ definitions, events }: Domain): readonly Diagnostic[] {
  const report = createReport();
  for (const definition of definitions) adviseProcess(definition, report);
  const named = new Set(definitions.flatMap(({ startedBy, completedBy, handlers }) => [...startedBy, ...completedBy, ...handlers.keys()]));
  for (const { type, source } of events.values()) {
    if (named.has(type)) continue;
    report.warning("EVENT_UNHANDLED", {
      file: source,
      reason: `no process starts by ${type}, completes by it or handles it, so dispatching it does nothing`,
      fix: `Handle it with a file ${handlerName(type)}.ts in a process, or delete ${basename(source)}.`,
    });
  }
  return report.diagnostics;
}

function adviseProcess(definition: ProcessDefinition, report: Report): void {
  const { name, source: file, completedBy, completeWhen, timeout, timedOut, failed } = definition;
  if (completedBy.length === 0 && completeWhen === undefined && timeout !== undefined) {
    report.warning("NEVER_COMPLETED", {
      file,
      reason: "no event completes the process, so every instance times out",
      fix: "Name the event that completes it in completedBy, or give completeWhen, unless the timeout is its purpose.",
    });
  }
  if (timeout !== undefined && timedOut === undefined) {
    report.warning("TIMED_OUT_HANDLER_MISSING", {
      file,
      reason: `an instance that is not completed within ${timeout.text} is timed_out, and nothing follows`,
      fix: `Say what is to follow in on-${name}-timed-out.ts.`,
    });
  }
  if (timeout === undefined && timedOut !== undefined) {
    report.warning("TIMED_OUT_HANDLER_IDLE", {
      file: timedOut.file ?? file,
      reason: "the process has no timeout, so its timed-out handler never runs",
      fix: 'Give the config a timeout, such as timeout: "7d", or delete the handler.',
    });
  }
  if (failed === undefined) {
    report.warning("FAILED_HANDLER_MISSING", {
      file,
      reason: "when a step fails for good, the instance waits for an operator, and nobody is told",
      fix: `Tell somebody in on-${name}-failed.ts.`,
    });
  }
}
