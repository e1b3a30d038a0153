import { acceptJson } from "../../definition/model/accept-json.ts";
import { type LoadedProcess, loadProcessFrom, type ProcessSource } from "../../definition/process-source.ts";
import { findChartPaths } from "../../machine/chart-paths.ts";
import type { WalkFacts } from "../../machine/chart-walk.ts";
import { compileMachine } from "../../machine/compile-machine.ts";
import { readChart } from "../../machine/read-chart.ts";
import { leaveOutBeginnings, type ProcessPath } from "../../machine/path.ts";
import { processPaths, type ProcessPathsOptions } from "../../machine/process-paths.ts";
import { refuseUnknownKeys } from "../../platform/options.ts";
import { DEFAULT_AGGREGATE, type OpenProcessOptions } from "../kit/open-process.ts";
import { DEFAULT_NOW } from "../kit/test-system.ts";
import type { TestEvent } from "../process-test/step.ts";
import { comparePathRuns } from "./compare-path-runs.ts";
import { cutPath, runPath } from "./run-path.ts";

/** Handlers get no retries, because a path says what fails. */
export interface VerifyPathsOptions extends ProcessPathsOptions<TestEvent>, Omit<OpenProcessOptions, "processes" | "events"> {}

/**
 * Drives a process along each of its {@link processPaths}, twice: once smoothly, and once with trouble, which is a crash before the commit
 * of each handler, so that the handler runs again, a restart between every two steps, and every event delivered twice. Both times the
 * instance has to be where the machine says after each step, and has to have dispatched the same commands and to remember the same. So a
 * handler that takes an identity from chance or from memory fails the test. Commands are stored and not executed. A path ends where
 * `completeWhen` completes the instance.
 *
 * `source` is a process folder or a definition, as for `testProcess`. Returns the paths, so that a test can say what it covers.
 * @throws AssertionError that names the path, the step and the difference; ProcessError and TypeError as `compileProcess` and
 * `processPaths` do
 *
 * @example await verifyPaths("./domain/order/processes/order-lifecycle", {
 *   events: [{ type: "OrderPlaced" }, { type: "PaymentReceived", payload: { reference: "p-1" } }, { type: "OrderFulfilled" }],
 * });
 */
export async function verifyPaths(
  source: ProcessSource,
  { events, paths: kind, sequences = [], limit, ...options }: VerifyPathsOptions,
): Promise<readonly ProcessPath<TestEvent>[]> {
  refuseUnknownKeys(options, "verifyPaths", ["now", "retention", "patienceMs", "importModule", "commands", "results"]);
  const loaded = await loadProcessFrom(source, readChart, options);
  const asked = { events, sequences, ...(kind !== undefined && { paths: kind }), ...(limit !== undefined && { limit }) };
  const paths =
    loaded.definition.chart === undefined
      ? processPaths(compileMachine(loaded.definition), asked)
      : leaveOutBeginnings(findChartPaths(loaded.definition, { ...asked, ...(await readFacts(loaded, events, options)) }));
  const walked = new Map<string, ProcessPath<TestEvent>>();
  for (const whole of paths) {
    const smooth = await runPath(loaded, whole, { ...options, isTroubled: false });
    const path = cutPath(whole, smooth);
    // Paths that differ after their end only are one.
    const key = JSON.stringify(path.steps);
    if (walked.has(key)) continue;
    const troubled = await runPath(loaded, path, { ...options, isTroubled: true });
    comparePathRuns(loaded.definition.process, path, smooth, troubled);
    walked.set(key, path);
  }
  return [...walked.values()];
}

/** What the instance on the paths is in the system, so that the chart is asked with the events that it gets there. */
async function readFacts(
  { domain }: LoadedProcess,
  events: readonly TestEvent[],
  { now = DEFAULT_NOW, results = {} }: Pick<OpenProcessOptions, "now" | "results">,
): Promise<WalkFacts> {
  const payloads = new Map<object, unknown>();
  for (const event of events) {
    const { payload = {} } = event;
    const schema = domain.events.get(event.type)?.schema;
    const accepted = schema && (await acceptJson(schema, payload, { name: "payload", limit: Number.MAX_SAFE_INTEGER }));
    // What the schema refuses the system refuses as well, and it says more.
    payloads.set(event, accepted !== undefined && "json" in accepted ? (JSON.parse(accepted.json) as unknown) : payload);
  }
  return { aggregateId: DEFAULT_AGGREGATE, now: new Date(now).getTime(), results, payloadOf: (event) => payloads.get(event) };
}
