import { isPolicyName } from "../../definition/model/policy.ts";
import { ProcessError } from "../../errors.ts";
import { nameInstance } from "../../record/command.ts";
import { readPolicyEvent } from "../../record/policy-attempt.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { Changes } from "../decide/changes.ts";
import { traceChanges } from "../trace/trace-changes.ts";
import type { AttemptEnd, AttemptResult } from "./attempt.ts";
import type { PossibleStep } from "./attempt-step.ts";
import type { Rules } from "./host.ts";
import type { Span, SpanOutcome } from "../trace/telemetry.ts";

type Tracing = Pick<Rules, "clock" | "telemetry">;

/** The span of a step, which has no handler where the process has none for its event; `undefined` without telemetry. */
export function beginStepSpan({ entry, instance, handler }: Omit<PossibleStep, "commit">, { clock, telemetry }: Tracing): Span | undefined {
  if (telemetry === undefined) return undefined;
  const { process, processId, aggregateId } = instance;
  const { event, kind, attempts, generation } = entry;
  // A timer occurred at its moment, and is put into the mailbox when it is found to be due.
  const moment = kind === "timer" ? event.occurredAt : event.acceptedAt;
  return telemetry.beginAttempt({
    kind: "step",
    step: kind,
    process,
    processId,
    aggregateId,
    handler: handler?.name,
    attempt: attempts + 1,
    lagMs: attempts + generation > 0 ? undefined : Math.max(0, clock.now() - moment),
    event,
  });
}

/** The span of an attempt at a command, or at a policy; `undefined` without telemetry. */
export function beginCommandSpan(command: CommandRecord, { clock, telemetry }: Tracing): Span | undefined {
  if (telemetry === undefined) return undefined;
  const { type, process, processId, aggregateId, attempts, generation, dueAt, dispatchedAt } = command;
  const of = {
    process,
    processId: nameInstance(processId),
    aggregateId,
    handler: type,
    attempt: attempts + 1,
    lagMs: attempts + generation > 0 ? undefined : Math.max(0, clock.now() - Math.max(dueAt, dispatchedAt)),
    command,
  };
  return telemetry.beginAttempt(
    isPolicyName(type) ? { kind: "policy", event: readPolicyEvent(command), ...of } : { kind: "command", ...of },
  );
}

/** `task` with the span active. Without a span it is `task` itself. */
export function inSpan<Value>(span: Span | undefined, task: (end: AttemptEnd) => Promise<Value>): (end: AttemptEnd) => Promise<Value> {
  return span === undefined ? task : (end) => span.run(() => task(end));
}

/** Puts the span of an attempt into its result, because the span ends when what came of the attempt is committed. */
export function keepSpan<Value>(span: Span | undefined, attempt: Promise<AttemptResult<Value>>): Promise<AttemptResult<Value>> {
  if (span === undefined) return attempt;
  return attempt.then((result) => {
    // Each is put together anew, because a copy by spreading takes several times as long.
    if (result.outcome === "succeeded") return { outcome: "succeeded", value: result.value, span };
    if (result.outcome === "failed") return { outcome: "failed", error: result.error, span };
    span.end({ outcome: "cut" });
    return result;
  });
}

/** What `commit` is given, with the span in all that comes of it, and how the span ends once it is committed. */
export function commitInSpan<Committed>(
  given: Changes | (() => Changes),
  ended: EndedAttempt,
  commit: (given: Changes | (() => Changes)) => Promise<Committed>,
): Promise<Committed> {
  const { span } = ended;
  return span === undefined
    ? commit(given)
    : commitTraced(given, { span, failure: "error" in ended ? { error: ended.error } : undefined }, commit);
}

/** An attempt that has ended; `error` is there if it has failed, whatever was thrown. */
interface EndedAttempt {
  readonly span?: Span | undefined;
  readonly error?: unknown;
}

async function commitTraced<Committed>(
  given: Changes | (() => Changes),
  { span, failure }: { readonly span: Span; readonly failure: Pick<EndedAttempt, "error"> | undefined },
  commit: (given: Changes | (() => Changes)) => Promise<Committed>,
): Promise<Committed> {
  let outcome: SpanOutcome = "cut";
  const trace = (changes: Changes) => {
    outcome = failure === undefined ? "handled" : tellFailed(changes);
    return traceChanges(changes, span.traceparent);
  };
  try {
    const committed = await commit(typeof given === "function" ? () => trace(given()) : trace(given));
    span.end({ outcome, ...failure });
    return committed;
  } catch (refusal) {
    // The store was the reason, and the attempt is made again. Any other reason is committed as the failure of the attempt.
    if (ProcessError.is(refusal)) span.end({ outcome: "cut", error: refusal });
    throw refusal;
  }
}

function tellFailed({ source }: Changes): SpanOutcome {
  return "failure" in source && source.failure !== undefined ? "retried" : "given_up";
}
