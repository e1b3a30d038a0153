import type { HandlerDefinition, ProcessDefinition } from "../../definition/model/definition.ts";
import { ProcessError } from "../../errors.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import type { Changes } from "../decide/changes.ts";
import { findRetryPolicy } from "./attempt-settings.ts";
import type { AttemptResult } from "./attempt.ts";
import { type Attempted, attemptInTurn, isLastEvent, type PossibleStep, settleChange, type Step } from "./attempt-step.ts";
import { isForChart, moveInstance } from "./chart-step.ts";
import { tryToMigrate } from "./try-to-migrate.ts";
import { refuseForGood } from "./refuse-for-good.ts";
import type { Span } from "../trace/telemetry.ts";
import { beginStepSpan, commitInSpan } from "./trace-attempt.ts";
import type { Charted } from "../decide/chart-change.ts";
import { decideCharted } from "../decide/decide-charted.ts";
import { decideGivenUp, decideHandled, decideRetried, decideUnmigrated, type StepContext } from "../decide/decide-step.ts";
import { beginInstance } from "../decide/instance.ts";
import { includeMigration, type Migrated } from "../decide/migrated.ts";
import type { Host } from "./host.ts";
import { decideRetry } from "../decide/retry.ts";
import { keyToId } from "../memory/mailbox-id.ts";

/**
 * Makes one attempt at a mailbox entry, and commits what it changes. Returns `false` if the attempt was cut off. `open` is the open
 * instance. What it changes is given to `commit`.
 */
export function takeStep(
  {
    entry,
    open,
    machine,
    commit,
  }: {
    readonly entry: MailboxEntry;
    readonly open: InstanceRecord | undefined;
    readonly machine: ProcessMachine;
    readonly commit: Host["commit"];
  },
  host: Host,
): Promise<boolean> {
  const { memory, clock } = host;
  const own = entry.processId === null ? undefined : memory.activations.findInstance(keyToId(entry), entry.processId);
  const instance = own ?? open ?? beginInstance(machine, entry, host.identities.nameInstance(entry, entry.event), clock.now());
  const step = { entry, instance, handler: findHandler(machine.definition, entry), machine, commit };
  return instance.version >= machine.definition.version ? takeStepOf(step, undefined, host) : takeMigratedStep(step, host);
}

/** The step of an instance of an older version, which is brought over first. */
async function takeMigratedStep(step: PossibleStep, host: Host): Promise<boolean> {
  const begun = tryToMigrate(step.instance, step.machine, host);
  // Only an asynchronous schema costs a turn.
  const result = begun instanceof Promise ? await begun : begun;
  if (result.outcome === "cut") return false;
  if (result.outcome === "failed") {
    const { error } = result;
    const span = beginStepSpan(step, host);
    await commit(decideUnmigrated(describeNow(step, host), error, host.ids.next()), { migrated: undefined, span, error }, step, host);
    return true;
  }
  const { instance } = result.value;
  host.noteContext(step.entry.process, instance.context ?? "");
  return takeStepOf({ ...step, instance }, result.value, host);
}

/** The step of an instance that is of the definition's version; `migrated`: it has come there just now. */
function takeStepOf(step: PossibleStep, migrated: Migrated | undefined, host: Host): Promise<boolean> {
  if (isForChart(step.entry, step.machine)) return takeChartStep(step, migrated, host);
  return step.handler === undefined ? handleWithout(step, migrated, host) : tryStep(step, { migrated, charted: undefined }, host);
}

async function takeChartStep(step: PossibleStep, migrated: Migrated | undefined, host: Host): Promise<boolean> {
  const { entry, instance } = step;
  const moved = await moveInstance(step, host);
  if ("error" in moved) {
    // A chart is pure, so that another attempt would fail alike.
    const { error } = moved;
    await commit(
      decideGivenUp(describeNow(step, host), error, host.ids.next()),
      { migrated, span: beginStepSpan(step, host), error },
      step,
      host,
    );
    return true;
  }
  const { handler, charted } = moved;
  if (charted.context !== instance.context) host.noteContext(entry.process, charted.context);
  return tryStep({ ...step, handler }, { migrated, charted }, host);
}

/** Makes the attempt, if there is a handler, and commits what came of it. */
async function tryStep(
  step: PossibleStep,
  { migrated, charted }: { readonly migrated: Migrated | undefined; readonly charted: Charted | undefined },
  host: Host,
): Promise<boolean> {
  // The cast holds, because there is a handler.
  const result = step.handler === undefined ? NOTHING_TO_RUN : await attemptInTurn(step as Step, host);
  if (result.outcome === "cut") return false;
  // Where no attempt was made, the span is that of the commit.
  const span = result.span ?? beginStepSpan(step, host);
  const fail = (error: unknown) => commit(decideFailed(describeNow(step, host), error, host), { migrated, span, error }, step, host);
  if (result.outcome === "failed") {
    await fail(result.error);
    return true;
  }
  try {
    const attempted: Attempted = result.value;
    const decide = () => {
      const context = describeNow(step, host);
      const handled = settleChange(attempted, step.instance, host);
      return charted === undefined ? decideHandled(context, handled) : decideCharted(context, handled, charted);
    };
    const isOpen = attempted.change !== undefined && attempted.change.withdraws.length > 0;
    await commit(isOpen ? decide : decide(), { migrated, span }, step, host);
  } catch (error) {
    await fail(refuseForGood(error));
  }
  return true;
}

const NOTHING_TO_RUN: AttemptResult<Attempted> = { outcome: "succeeded", value: { commands: [] } };

/** An event without a handler changes nothing of the context, which may say all the same that this was the last one. */
async function handleWithout(step: PossibleStep, migrated: Migrated | undefined, host: Host): Promise<boolean> {
  const context = describeNow(step, host);
  const span = beginStepSpan(step, host);
  let isLast: boolean;
  try {
    isLast = isLastEvent(context, context.instance.context);
  } catch (error) {
    await commit(decideFailed(context, error, host), { migrated, span, error }, step, host);
    return true;
  }
  await commit(decideHandled(context, { commands: [], isComplete: isLast }), { migrated, span }, step, host);
  return true;
}

/** What is committed with a step beside what it changes: the migration before it, and the span and the error of its attempt. */
interface Beside {
  readonly migrated: Migrated | undefined;
  readonly span: Span | undefined;
  readonly error?: unknown;
}

function commit(
  given: Changes | (() => Changes),
  beside: Beside,
  step: Pick<PossibleStep, "commit">,
  { clock }: Pick<Host, "clock">,
): Promise<unknown> {
  const { migrated } = beside;
  if (migrated === undefined) return commitInSpan(given, beside, step.commit);
  const include = (changes: Changes) => includeMigration(changes, migrated, clock.now());
  return commitInSpan(typeof given === "function" ? () => include(given()) : include(given), beside, step.commit);
}

function describeNow({ machine, instance, entry, handler }: PossibleStep, { clock }: Pick<Host, "clock">): StepContext {
  return { machine, instance, entry, handler, now: clock.now() };
}

function decideFailed(context: StepContext, error: unknown, { settings, random, ids }: Host): Changes {
  const { entry, machine, now } = context;
  // What was parked behind a dead letter gets no retries, because the operator who has just released it is there to see it fail.
  const decision = entry.drained
    ? ({ decision: "give-up", error } as const)
    : decideRetry(findRetryPolicy(machine.definition.settings, settings), { attempt: entry.attempts + 1, error, now }, random);
  if (decision.decision !== "retry") return decideGivenUp(context, decision.error, ids.next());
  // The step keeps its place, even before a deadline that has passed since, because the worker's death may have come from outside.
  const at = ProcessError.is(error, "WORKER_DIED") ? Math.min(decision.at, entry.event.occurredAt) : decision.at;
  return decideRetried(context, error, at);
}

function findHandler(definition: ProcessDefinition, { kind, event }: MailboxEntry): HandlerDefinition | undefined {
  switch (kind) {
    case "event":
      return definition.handlers.get(event.type);
    case "timer":
      return undefined;
    case "timed_out":
      return definition.timedOut;
    case "failed":
      return definition.failed;
    case "cancelled":
      return definition.cancelled;
  }
}
