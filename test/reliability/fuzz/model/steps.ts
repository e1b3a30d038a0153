import { backOffMs, policy } from "../domain.ts";
import { completes, type Patch, tellContext } from "../remembered.ts";
import type { StepKind } from "../trace.ts";
import { addCommands } from "./commands.ts";
import { beginning, changeContext, checkUnmigrated, checkVersion } from "./contexts.ts";
import { addLetter } from "./letters.ts";
import { describeFailure, end, endAttempt, findInTurn, findStep, headOf, isForestalled, removeEvent } from "./mailbox.ts";
import type { Mailbox, ModelInstance, Said, State, Step } from "./state.ts";
import { demand } from "./violation.ts";

// What may be committed of a step.

export function begin(state: State, processId: string, { at, facts, name }: Omit<Said, "mailbox" | "instance">): void {
  const { event, dueAt, status, context } = facts;
  const begun = state.begun.get(processId);
  demand(
    begun !== undefined && begun.inFlight?.eventId === event?.eventId && begun.open === undefined,
    `${name}: no handler has begun with that event`,
  );
  demand(!state.instances.has(processId), `${name}: it was there before`);
  const head = findInTurn(begun, event!.eventId, at, name)!;
  const expected = begun.spec.timeout === undefined ? undefined : head.occurredAt + begun.spec.timeout.ms;
  demand(dueAt === expected, `${name}: its timeout is due at ${dueAt}, not ${expected}`);
  demand(status === "started", `${name}: its status`);
  const instance: ModelInstance = {
    spec: begun.spec,
    processId,
    aggregateId: begun.aggregateId,
    dueAt: expected,
    status: "started",
    isOpen: true,
    isSuspended: false,
    discardAt: undefined,
    failingBy: undefined,
    ...beginning(state, begun.spec),
    isMigrating: false,
    outcome: undefined,
  };
  demand(tellContext(context) === tellContext(instance.context), `${name}: a new instance remembers ${tellContext(instance.context)}`);
  state.instances.set(processId, instance);
  begun.open = instance;
  if (begun.queue.some(({ keptUntil }) => keptUntil !== undefined)) begun.sights.came += 1;
  head.startsNow = true;
}

export function handle(state: State, entry: "handled" | "completed", said: Said): void {
  const { mailbox, instance, facts, name } = said;
  const { spec } = mailbox;
  checkVersion(state, instance, name);
  const step = takeStep(said);
  const hasHandler = step.kind !== "event" || spec.handles.includes(step.type);
  let patch: Patch | undefined;
  if (hasHandler) {
    const attempt = endAttempt(mailbox, step, name);
    demand(attempt.ending === "ok", `${name}: its attempt ended ${attempt.ending}`);
    demand(facts.attempt === step.attempts + 1, `${name}: it was attempt ${step.attempts + 1}`);
    addCommands(state, { processId: instance.processId, origin: step.kind, staged: attempt.staged }, facts, name);
    ({ patch } = attempt);
  } else demand(facts.commands === undefined, `${name}: commands of nobody`);
  changeContext(instance, patch, facts, name);
  if (step.kind === "event") return moveBy(state, step, entry, said);
  demand(entry === "handled" && facts.status === instance.status, `${name}: an own handler changes no status`);
}

function moveBy({ moves }: State, { type }: Step, entry: "handled" | "completed", { mailbox, instance, facts, name }: Said): void {
  const { spec } = mailbox;
  const status = moves(spec.process, instance.status, type, instance.context);
  demand(facts.status === status && (status === "completed") === (entry === "completed"), `${name}: the machine says ${status}`);
  const isLast = spec.completedBy.includes(type) || completes(spec, instance.context ?? {});
  demand((status === "completed") === isLast, `${name}: the config says otherwise than the machine`);
  instance.status = status;
  if (isLast) instance.outcome = spec.outcomes[type];
  demand(facts.outcome === instance.outcome, `${name}: its outcome is ${instance.outcome}`);
  if (status === "completed") end(mailbox, instance);
}

export function failAttempt(state: State, { mailbox, instance, at, facts, name }: Said): void {
  checkVersion(state, instance, name);
  const step = findStep(mailbox, facts, at, name);
  const attempt = endAttempt(mailbox, step, name);
  const failure = describeFailure(attempt, at, facts, name);
  demand(!step.isDrained, `${name}: it was parked, so its first failure is final`);
  demand(failure !== "final", `${name}: that error allows no other attempt`);
  step.attempts += 1;
  step.firstFailedAt ??= at;
  demand(facts.attempt === step.attempts, `${name}: it was attempt ${step.attempts}`);
  demand(step.attempts <= policy.maxRetries, `${name}: no retries are left`);
  step.notBefore = at + (failure === "later" ? policy.retryLaterMs : backOffMs(step.attempts));
  demand(facts.retryAt === step.notBefore, `${name}: the next attempt is due at ${step.notBefore}`);
}

export function giveUp(state: State, entry: "failed" | "step_failed", said: Said): void {
  const { mailbox, instance, at, facts, name } = said;
  const isUnmigrated = facts.error?.code === "MIGRATION_FAILED";
  if (isUnmigrated) checkUnmigrated(state, instance, name);
  else checkVersion(state, instance, name);
  const step = takeStep(said);
  demand(facts.attempt === step.attempts + 1, `${name}: it was attempt ${step.attempts + 1}`);
  if (isUnmigrated) demand(mailbox.inFlight === undefined, `${name}: while an attempt runs`);
  else {
    const failure = describeFailure(endAttempt(mailbox, step, name), at, facts, name);
    demand(step.isDrained || failure === "final" || step.attempts + 1 > policy.maxRetries, `${name}: it has attempts left`);
  }
  demand((entry === "failed") === (step.kind === "event"), `${name}: of a ${step.kind} step`);
  addLetter(state, said, { step, command: undefined, blocks: step.kind === "event" });
  // A failed handler would be given a context of the older version.
  if (step.kind === "event") fail(state, said, instance.spec.onFailed && !isUnmigrated);
  else demand(facts.status === instance.status, `${name}: an own handler changes no status`);
}

export function failByCommand(state: State, said: Said): void {
  const { mailbox, instance, facts, name } = said;
  demand(instance.failingBy !== undefined && instance.failingBy === facts.deadLetterId, `${name}: by another letter than the command's`);
  instance.failingBy = undefined;
  demand(mailbox.inFlight === undefined, `${name}: while an attempt runs`);
  fail(state, said, instance.spec.onFailed);
}

function fail({ moves }: State, { mailbox, instance, at, facts, name }: Said, isHandled: boolean): void {
  demand(instance.status === "started", `${name}: it was ${instance.status}`);
  demand(moves(instance.spec.process, "started", "process.failed") === "failed" && facts.status === "failed", `${name}: its status`);
  instance.status = "failed";
  const { failedTimeout } = instance.spec;
  instance.discardAt = failedTimeout === undefined ? undefined : at + failedTimeout.ms;
  addOwn(mailbox, instance, { kind: "failed", isWanted: isHandled }, name);
}

export function dropRetry({ mailbox, facts, name }: Said): void {
  const head = headOf(mailbox);
  demand(head !== undefined && head.eventId === facts.event?.eventId && head.notBefore !== undefined, `${name}: that is no waiting retry`);
  mailbox.forestalled = head;
  removeEvent(mailbox, head);
}

export function timeOut(state: State, { mailbox, instance, at, facts, name }: Said): void {
  const { dueAt, processId, spec } = instance;
  const { forestalled, queue } = mailbox;
  demand(instance.isOpen && instance.status === "started", `${name}: it is ${instance.status}`);
  demand(!instance.isSuspended, `${name}: it is suspended`);
  demand(!state.isNewer(processId), `${name}: it is of a newer version`);
  demand(dueAt !== undefined && facts.dueAt === dueAt, `${name}: it was due at ${dueAt}`);
  demand(at >= dueAt, `${name}: early`);
  demand(mailbox.inFlight === undefined, `${name}: while an attempt runs`);
  demand(headOf(mailbox)?.notBefore === undefined, `${name}: a retry is left`);
  const waits = [...queue, ...(forestalled === undefined ? [] : [forestalled])].some(({ occurredAt }) => occurredAt < dueAt);
  demand(!waits || (forestalled !== undefined && isForestalled(forestalled, dueAt)), `${name}: an event from before the deadline waits`);
  demand(state.moves(spec.process, "started", undefined) === "timed_out" && facts.status === "timed_out", `${name}: its status`);
  mailbox.forestalled = undefined;
  instance.status = "timed_out";
  end(mailbox, instance);
  const own = addOwn(mailbox, instance, { kind: "timed_out", isWanted: spec.onTimedOut }, name);
  demand(own === undefined || own.occurredAt === dueAt, `${name}: the handler's event occurred at ${own?.occurredAt}, not ${dueAt}`);
}

export function addOwn(
  mailbox: Mailbox,
  instance: ModelInstance,
  { kind, isWanted }: { readonly kind: StepKind; readonly isWanted: boolean },
  name: string,
): Step | undefined {
  const { ownEvent } = mailbox;
  mailbox.ownEvent = undefined;
  demand((ownEvent?.kind === kind) === isWanted, `${name}: the ${kind} handler is ${isWanted ? "" : "not "}to run next`);
  if (ownEvent === undefined) return undefined;
  const step = { ...ownEvent, processId: instance.processId };
  mailbox.own.push(step);
  return step;
}

function takeStep({ mailbox, instance, at, facts, name }: Said): Step {
  const step = findStep(mailbox, facts, at, name);
  if (step.kind === "event") {
    demand(mailbox.open === instance, `${name}: the instance is not open`);
    demand(instance.status === "started", `${name}: the instance is ${instance.status}`);
    demand(!instance.isSuspended, `${name}: the instance is suspended`);
    removeEvent(mailbox, step);
  } else {
    demand(step.processId === instance.processId, `${name}: it is for ${step.processId}`);
    mailbox.own.splice(mailbox.own.indexOf(step), 1);
  }
  return step;
}
