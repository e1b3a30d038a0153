import { basename } from "node:path";
import { type Domain, listEventTypes, type ProcessDefinition } from "../model/definition.ts";
import type { OwnChart } from "../model/own-chart.ts";
import type { Diagnostic } from "../report/diagnostic.ts";
import { handlerName } from "../model/names.ts";
import { createReport, type Report } from "../report/report.ts";

/**
 * What deserves a second look in a domain that has no errors. Advice is given when it is asked for, and not at each start, because a
 * process that leaves something out on purpose should not have to be silenced.
 */
export function adviseDomain({ definitions, events, policies }: Domain): readonly Diagnostic[] {
  const report = createReport();
  for (const definition of definitions) adviseProcess(definition, report);
  const named = new Set([...definitions.flatMap(listEventTypes), ...[...policies.values()].map(({ on }) => on)]);
  for (const { type, source, isInCode } of events.values()) {
    if (named.has(type)) continue;
    report.warning("EVENT_UNHANDLED", {
      file: source,
      reason: `no process starts by ${type}, completes by it or handles it, and no policy does, so dispatching it does nothing`,
      fix: isInCode
        ? `Handle it in a process, by on: { ${type}: … }, or remove it from events.`
        : `Handle it with a file ${handlerName(type)}.ts in a process, or delete ${basename(source)}.`,
    });
  }
  return report.diagnostics;
}

function adviseChart({ file, ends, stuck, advice }: OwnChart, { source, timeout }: ProcessDefinition, report: Report): void {
  const place = file ?? source;
  for (const { code, reason, fix } of advice) report.warning(code, { file: place, reason, fix });
  // With a timeout, every state is left in the end.
  if (timeout === undefined) {
    for (const state of stuck) {
      report.warning("STATE_STUCK", {
        file: place,
        reason: `nothing leaves ${state}, and the process has no timeout, so an instance stays there for ever`,
        fix: 'Give the state a transition, let it be type: "final", or give the config a timeout.',
      });
    }
  } else if (!ends) {
    report.warning("NEVER_COMPLETED", {
      file: place,
      reason: "no way through the chart leads to its end, so every instance times out",
      fix: 'Let a transition lead to a state of type "final", unless the timeout is its purpose.',
    });
  }
}

// Nobody waits for less than a second for what happens outside, so a smaller number is days or hours to whoever wrote it.
const SHORTEST_NUMBER_MS = 1_000;

function adviseProcess(definition: ProcessDefinition, report: Report): void {
  const { name, source: file, completedBy, completeWhen, timeout, timedOut, failed, chart } = definition;
  // What a file says in a folder, a key says in code.
  const nameHandler = (key: string, ending: string) => (file.startsWith("defineProcess(") ? key : `on-${name}-${ending}.ts`);
  if (chart !== undefined) adviseChart(chart, definition, report);
  else if (completedBy.length === 0 && completeWhen === undefined && timeout !== undefined) {
    report.warning("NEVER_COMPLETED", {
      file,
      reason: "no event completes the process, so every instance times out",
      fix: "Name the event that completes it in completedBy, or give completeWhen, unless the timeout is its purpose.",
    });
  }
  if (timeout !== undefined && timeout.text === String(timeout.durationMs) && timeout.durationMs < SHORTEST_NUMBER_MS) {
    report.warning("TIMEOUT_SHORT", {
      file,
      reason: `the timeout is the number ${timeout.text}, which is ${timeout.text} ms`,
      fix: `Write the unit that is meant, such as "${timeout.text}d", or "${timeout.text}ms".`,
    });
  }
  if (timeout !== undefined && timedOut === undefined) {
    report.warning("TIMED_OUT_HANDLER_MISSING", {
      file,
      reason: `an instance that is not completed within ${timeout.text} is timed_out, and nothing follows`,
      fix: `Say what is to follow in ${nameHandler("onTimedOut", "timed-out")}.`,
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
      fix: `Tell somebody in ${nameHandler("onFailed", "failed")}.`,
    });
  }
}
