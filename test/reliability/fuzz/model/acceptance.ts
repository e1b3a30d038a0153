import { keysOf, knows, ownTypes, type ProcessSpec, specs } from "../domain.ts";
import type { Entry } from "../trace.ts";
import { type AcceptedEvent, findSpec, type Mailbox, type ModelInstance, type State, type Step } from "./state.ts";
import { demand } from "./violation.ts";

// Where an event goes: to the mailbox of each process and key that it is for.

export function accept(state: State, entry: Extract<Entry, { kind: "accept" }>): void {
  const { kind: _, ...event } = entry;
  const { type, eventId, aggregateId } = event;
  const process = specs.find((spec) => Object.values(ownTypes(spec)).includes(type));
  if (process !== undefined) return acceptOwn(state.mailbox(process, aggregateId), event);
  state.accepted.set(eventId, (state.accepted.get(eventId) ?? 0) + 1);
  const receipts = specs.filter((spec) => knows(spec, type)).map((spec) => route(state, spec, event));
  state.receipts.set(eventId, combineReceipts(receipts.flat()));
}

/** Perdure's own event is for the instance of its aggregate, and says what its handler is for in the same commit. */
function acceptOwn(mailbox: Mailbox, event: AcceptedEvent): void {
  const { spec, aggregateId } = mailbox;
  demand(mailbox.ownEvent === undefined, `two events for own handlers of ${spec.process} ${aggregateId} in one commit`);
  const types = ownTypes(spec);
  const kind = event.type === types.timedOut ? "timed_out" : event.type === types.failed ? "failed" : "cancelled";
  mailbox.ownEvent = createStep(event, kind, undefined);
}

type Reception = "accepted" | "kept" | "either";

/** Brings an event to the instances of one process, or else owes a letter. */
function route(state: State, spec: ProcessSpec, event: AcceptedEvent): readonly Reception[] {
  const keys = keysOf(spec, event.type, event.aggregateId, state.isHealed);
  if (keys === undefined) {
    state.owedLetters.push({ kind: "correlation", spec, event, status: "open" });
    return ["accepted"];
  }
  if (keys.length !== 1) state.sights[keys.length === 0 ? "none" : "several"] += 1;
  return keys.map((key) => deliver(state.mailbox(spec, key), event)).filter((reception) => reception !== undefined);
}

/** Puts an event into a mailbox, unless it concerns nobody there. */
function deliver(mailbox: Mailbox, event: AcceptedEvent): Reception | undefined {
  const { spec, open, queue, sights } = mailbox;
  const starts = spec.startedBy.includes(event.type);
  const keptUntil = starts || spec.keepEarly === undefined ? undefined : event.acceptedAt + spec.keepEarly.ms;
  const isPreceded = queue.some((waiting) => spec.startedBy.includes(waiting.type));
  // What concerns nobody is there until its turn has come, and nobody tells when that was.
  const isUncertain = queue.some((waiting) => waiting.keptUntil === undefined);
  // Without an instance, and none to come before it, it can only be ignored. If anything is before it, that is when its turn comes.
  const isIgnored = !starts && keptUntil === undefined && open === undefined && !isPreceded;
  if (isIgnored && !isUncertain) return undefined;
  if (keptUntil !== undefined && open === undefined) sights.kept += 1;
  mailbox.queue.push(createStep(event, "event", keptUntil));
  mailbox.queue.sort((a, b) => a.position - b.position);
  if (open !== undefined || isPreceded || starts) return "accepted";
  return isUncertain ? "either" : "kept";
}

function createStep(event: AcceptedEvent, kind: Step["kind"], keptUntil: number | undefined): Step {
  const { position, eventId, type, occurredAt, acceptedAt } = event;
  return {
    kind,
    position,
    eventId,
    type,
    occurredAt,
    acceptedAt,
    keptUntil,
    processId: undefined,
    startsNow: false,
    attempts: 0,
    notBefore: undefined,
    firstFailedAt: undefined,
    generation: 0,
    isDrained: false,
  };
}

/** An event is `kept` that has to wait wherever it goes. */
function combineReceipts(receptions: readonly Reception[]): readonly ("accepted" | "kept")[] {
  if (receptions.length === 0 || receptions.includes("accepted")) return ["accepted"];
  return receptions.includes("either") ? ["accepted", "kept"] : ["kept"];
}

// The letters of `correlate`, of which no journal tells.

export function addCorrelationLetter(state: State, { deadLetterId, process, eventId }: Extract<Entry, { kind: "letter" }>): void {
  const name = `letter ${deadLetterId} of ${process} for ${eventId}`;
  const spec = findSpec(process);
  const index = state.owedLetters.findIndex((owed) => owed.spec === spec && owed.event.eventId === eventId);
  demand(index !== -1, `${name}: its correlate has not failed`);
  demand(!state.letters.has(deadLetterId), `${name} is not a new one`);
  const [owed] = state.owedLetters.splice(index, 1);
  state.letters.set(deadLetterId, { ...owed!, deadLetterId });
}

/** An operator's retry asks `correlate` again; the event has its place in order of acceptance. */
export function settleCorrelation(state: State, { deadLetterId, status }: Extract<Entry, { kind: "letter-settled" }>): void {
  const letter = state.letters.get(deadLetterId);
  demand(
    letter?.kind === "correlation" && letter.status === "open",
    `letter ${deadLetterId} is ${status}: it was ${letter?.status} before`,
  );
  letter.status = status;
  if (status === "retried") route(state, letter.spec, letter.event);
}

// What dispatches are told

/** Whether an event of this kind is stored whatever is open: it starts an instance, is kept, or has a letter. */
export function isStoredAnyway({ isHealed }: State, type: string, aggregateId: string): boolean {
  return specs
    .filter((spec) => knows(spec, type))
    .some((spec) => {
      const keys = keysOf(spec, type, aggregateId, isHealed);
      return keys === undefined || (keys.length > 0 && (spec.startedBy.includes(type) || spec.keepEarly !== undefined));
    });
}

/** The open instances that an event would go to. */
export function openFor(state: State, type: string, aggregateId: string): readonly ModelInstance[] {
  return specs
    .filter((spec) => knows(spec, type))
    .flatMap((spec) => (keysOf(spec, type, aggregateId, state.isHealed) ?? []).map((key) => state.mailbox(spec, key).open))
    .filter((open) => open !== undefined);
}
