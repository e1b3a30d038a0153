import type { ChartInvocation } from "../../definition/model/chart-record.ts";
import { invocationEventType, shortProcessName } from "../../definition/model/names.ts";
import { ProcessError } from "../../errors.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { deriveId } from "../../platform/ids.ts";
import { stringifyExactly, writeJson } from "../../platform/json.ts";
import { recordError } from "../../record/error-record.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { AddressedEvent } from "../decide/changes.ts";
import type { Rules } from "./host.ts";

/**
 * The event that brings the result of an invoked command to the chart of its instance. It is for that instance alone, and its id is the same
 * if the command is repeated.
 * @throws ProcessError `COMMAND_OUTPUT_INVALID`
 */
export function createResultEvent(
  command: CommandRecord,
  invocation: string,
  result: { readonly output: unknown } | { readonly error: unknown },
  { clock, settings }: Pick<Rules, "clock" | "settings">,
): AddressedEvent {
  const { commandId, process, processId, instanceAggregateId, generation, correlationId } = command;
  const now = clock.now();
  const of = { invocation: JSON.parse(invocation) as ChartInvocation };
  const payload =
    "output" in result
      ? { kind: "done", ...of, output: readOutput(result.output, command, settings.limits.payload) }
      : { kind: "error", ...of, error: recordError(result.error) };
  return {
    eventId: deriveId(`${commandId}/${generation}/result`),
    type: invocationEventType(shortProcessName(process)),
    aggregateId: instanceAggregateId,
    payload: stringifyExactly(payload),
    occurredAt: now,
    acceptedAt: now,
    correlationId,
    causationId: commandId,
    processId,
  };
}

/** Nothing is no JSON, but a handler may return nothing. */
function readOutput(output: unknown, { type, commandId }: CommandRecord, limit: number): unknown {
  if (output === undefined) return undefined;
  const written = writeJson(output, "output", limit);
  if ("json" in written) return JSON.parse(written.json) as unknown;
  throw new ProcessError("COMMAND_OUTPUT_INVALID", `command "${type}" (${commandId}), which a chart has invoked: ${written.problem}`, {
    hint: "What the handler returns is the output of the invocation: plain JSON, or nothing.",
    details: { command: type, problem: written.problem },
  });
}

/** Whether the chart says what is to follow when an invocation fails. */
export function handlesError(invocation: string, machine: ProcessMachine | undefined): boolean {
  return machine?.chart?.handlesError(JSON.parse(invocation) as ChartInvocation) === true;
}
