import type { AnyStateMachine } from "xstate";
import type { ChartReading, ReadChart } from "../definition/model/own-chart.ts";
import { errorToText } from "../errors.ts";
import { checkContext, checkGuards, checkSpawns, listContextKeys } from "./reading/check-functions.ts";
import { listNodes } from "./reading/chart-nodes.ts";
import { createChartReport } from "./reading/problems.ts";
import { listActions, readActions } from "./reading/read-actions.ts";
import { checkDelays } from "./reading/read-delays.ts";
import { readEnds } from "./reading/read-ends.ts";
import { readEvents } from "./reading/read-events.ts";
import { readInvocations } from "./reading/read-invocations.ts";
import { recogniseMachine } from "./reading/recognise.ts";

/**
 * Reads a machine that somebody has written, state by state. Nothing of the machine is run, so that what its functions will return is not known.
 * Only XState's types are imported here: definitions can be checked where XState is missing.
 */
export const readChart: ReadChart = (given) => {
  const recognised = recogniseMachine(given);
  if (!("machine" in recognised)) return refuse(recognised.reason, recognised.fix);
  try {
    return readMachine(recognised.machine);
  } catch (error) {
    return refuse(`XState cannot read the machine: ${errorToText(error)}`, "Correct the state that XState names.");
  }
};

function readMachine(machine: AnyStateMachine): ChartReading {
  const report = createChartReport();
  const nodes = listNodes(machine);
  const uses = listActions(machine, nodes);
  const actions = readActions(machine, uses, report);
  const events = readEvents(nodes, uses, report);
  const invoked = readInvocations(nodes, report);
  checkDelays(machine, nodes, uses, report);
  checkGuards(machine, nodes, report);
  checkContext(machine, report);
  checkSpawns(machine, uses, report);
  const ends = readEnds(machine, report);
  return { ...events, ...actions, invoked, ...ends, contextKeys: listContextKeys(machine), problems: report.problems };
}

function refuse(reason: string, fix: string): ChartReading {
  return {
    events: [],
    raised: [],
    actions: [],
    refusedActions: [],
    invoked: [],
    ends: true,
    stuck: [],
    contextKeys: undefined,
    problems: [{ severity: "error", code: "MACHINE_INVALID", reason, fix }],
  };
}
