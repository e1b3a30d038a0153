import type { Entry } from "../trace.ts";
import { tellContext } from "../remembered.ts";
import { beginning, isOlder, seenByHandlers } from "./contexts.ts";
import { findInTurn, isForestalled, isStepHeld } from "./mailbox.ts";
import { findSpec, type Mailbox, type State, type Step } from "./state.ts";
import { demand } from "./violation.ts";

// When a handler may run, and with what.

type BegunAttempt = Extract<Entry, { kind: "attempt" }>;

export function beginAttempt(state: State, entry: BegunAttempt): void {
  const { process, processId, step: kind, eventId, aggregateId, attempt, idempotencyKey, at, run } = entry;
  const mailbox = state.mailbox(findSpec(process), aggregateId);
  const name = `attempt ${attempt} of ${process} ${aggregateId} at ${eventId} (${entry.type})`;
  demand(mailbox.inFlight === undefined, `${name} begins while another attempt of the instance runs`);
  const step = kind === "event" ? findInTurn(mailbox, eventId, at, name) : mailbox.own.find((own) => own.eventId === eventId);
  demand(step !== undefined, `${name}: it is not in the mailbox`);
  demand(step.kind === kind, `${name}: it ran as ${kind}, and is ${step.kind}`);
  demand(step.occurredAt === entry.occurredAt, `${name}: occurredAt is another`);
  demand((step.notBefore ?? at) <= at, `${name} is early: not before ${step.notBefore}, now ${at}`);
  demand(attempt === step.attempts + 1, `${name}: ${step.attempts} attempts have failed so far`);
  // One event may be for several instances.
  state.checkKey(`${process}/${aggregateId}/${eventId}`, step.generation, idempotencyKey, name);
  if (kind === "event") {
    const overtaken = mailbox.own.find((own) => (own.notBefore ?? at) <= at && !state.isNewer(own.processId));
    demand(overtaken === undefined, `${name} overtakes a step of an own handler`);
    checkEventAttempt(state, mailbox, step, entry, name);
  } else if (isStepHeld(state, step)) demand(false, `${name} comes before a command that was due before it`);
  else demand(processId === step.processId, `${name}: it speaks for ${processId}, not ${step.processId}`);
  checkContext(state, mailbox, entry, name);
  mailbox.inFlight = { run, eventId, at, ending: undefined, staged: [], patch: undefined };
}

function checkEventAttempt(state: State, mailbox: Mailbox, step: Step, { processId, status, at }: BegunAttempt, name: string): void {
  const { open, queue, spec } = mailbox;
  if (open === undefined) {
    demand(spec.startedBy.includes(step.type), `${name}: there is no instance, and it starts none`);
    demand(!state.instances.has(processId), `${name}: a new instance has the processId of one before`);
    state.begun.set(processId, mailbox);
    return;
  }
  demand(processId === open.processId, `${name}: it is for ${processId}, and ${open.processId} is open`);
  demand(open.status === "started", `${name}: the instance is ${open.status}, so it is parked`);
  demand(!open.isSuspended, `${name}: the instance is suspended, so it is parked`);
  demand(status === "started", `${name}: the handler sees the status ${status}`);
  if (open.dueAt === undefined || open.dueAt > at) return;
  const { dueAt } = open;
  demand(
    queue.some(({ occurredAt }) => occurredAt < dueAt),
    `${name}: the timeout was due before, and no event from before it waits`,
  );
  demand(!isForestalled(step, dueAt), `${name}: the timeout was due before this retry`);
}

function checkContext(state: State, mailbox: Mailbox, { step, processId, context }: BegunAttempt, name: string): void {
  demand(!state.isNewer(processId), `${name}: the instance is of a newer version`);
  const instance = step === "event" ? mailbox.open : state.instances.get(processId);
  const remembers = instance === undefined ? beginning(state, mailbox.spec).context : seenByHandlers(state, instance);
  const because = instance !== undefined && isOlder(state, instance) ? ", after its migration" : "";
  demand(
    tellContext(context) === tellContext(remembers),
    `${name}: it is given ${tellContext(context)}, the instance remembers ${tellContext(remembers)}${because}`,
  );
}
