import type { HandlerDefinition } from "../../definition/model/definition.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { NewEvent, Positions, StoredEvent } from "../../store/events.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import { placeEvent } from "../commit/accept.ts";
import type { Destination } from "../commit/destinations.ts";
import { isForInvoker } from "../commit/routes-for.ts";
import type { AheadStep, FindAhead } from "../commit/ahead-step.ts";
import type { Written } from "../commit/write-changes.ts";
import type { Host } from "../core/host.ts";
import { takeStep } from "../core/handle-step.ts";
import { describeSituation } from "../core/situation.ts";
import type { Changes } from "../decide/changes.ts";
import { decideNextStep } from "../decide/next-step.ts";
import type { PolicyRouter } from "../decide/policy-router.ts";
import { type Activation, createEntry } from "../memory/activations.ts";
import { findKeptUntil } from "../decide/router.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import type { SerialRunner } from "../schedule/serial-runner.ts";
import type { StepWriter } from "./step-writer.ts";

/** What steps that begin ahead need of the run. */
export interface AheadPorts {
  readonly host: Host;
  readonly policyRouter: PolicyRouter | undefined;
  readonly positions: Positions;
  readonly actors: Pick<SerialRunner, "begin">;
  readonly writer: Pick<StepWriter, "commit" | "write">;
  /** Whether the instance of a mailbox may take a step now. */
  readonly mayBegin: (id: string) => boolean;
  /** The instance of a mailbox has nothing left to do, unless it was woken meanwhile. */
  readonly onDone: (id: string) => void;
  /** A step has been committed with its event. */
  readonly onCommitted: (written: Written) => void;
}

/** Begins steps ahead of the acceptance of their events, where nothing else can come before them. */
export interface Ahead {
  readonly find: FindAhead;
  /** An attempt of that handler has ended. */
  noteOutlived(handler: HandlerDefinition): void;
}

/**
 * A handler's first event is accepted before its step begins, so that it is known after a restart that the handler has ended the OS process.
 */
export function createAhead(ports: AheadPorts): Ahead {
  const { host, policyRouter, positions, mayBegin } = ports;
  const { machines, memory, router } = host;
  const outlived = new WeakSet<HandlerDefinition>();

  const findMachine = ({ type }: NewEvent, process: string) => {
    const machine = machines.get(process);
    // The handlers of a chart are known only when it has made its transition.
    if (machine === undefined || machine.definition.chart !== undefined || isForInvoker(type)) return undefined;
    const handler = machine.definition.handlers.get(type);
    return handler === undefined || outlived.has(handler) ? machine : undefined;
  };

  /** The only mailbox that an event goes to, and what is there. */
  const findDestination = (event: NewEvent) => {
    const routes = router(event.type);
    const route = routes[0];
    if (route === undefined || routes.length > 1 || route.correlated === true || hasPolicy(policyRouter, event)) return undefined;
    const { process, starts } = route;
    const { aggregateId } = event;
    const id = keyToId({ process, aggregateId });
    const machine = findMachine(event, process);
    if (machine === undefined || !mayBegin(id)) return undefined;
    const { instance, entries } = memory.activations.find(id);
    if (entries.length > 0 || (instance === undefined && !starts)) return undefined;
    const keptUntil = findKeptUntil(route, event);
    const destination: Destination = { id, process, aggregateId, starts, keptUntil, isEarly: false, processId: null };
    return { destination, machine, instance };
  };

  return {
    noteOutlived: (handler) => void outlived.add(handler),
    find: (given) => {
      const found = findDestination(given);
      if (found === undefined) return undefined;
      const { destination, machine, instance } = found;
      const event = placeEvent(given, positions.reserve());
      const { starts, keptUntil } = destination;
      const entry = createEntry(destination, event, { kind: "event", processId: null, starts, keptUntil });
      const isBefore = (moment: number) => event.occurredAt < moment;
      const situation = describeSituation(destination.id, { instance, entries: [entry] }, isBefore, host);
      const next = decideNextStep(situation);
      if (next.step !== "handle") return undefined;
      return new Step({ event, destination, entry, instance, machine }, ports);
    },
  };
}

function hasPolicy(policyRouter: PolicyRouter | undefined, { type }: NewEvent): boolean {
  return policyRouter !== undefined && policyRouter(type).length > 0;
}

type Committed = { readonly applied: boolean };

interface Taken extends Pick<AheadStep, "event" | "destination"> {
  readonly entry: MailboxEntry;
  readonly instance: Activation["instance"];
  readonly machine: ProcessMachine;
}

class Step implements AheadStep {
  readonly event: StoredEvent;
  readonly destination: Destination;
  readonly #ports: AheadPorts;
  readonly #taken: Taken;
  #fate: "open" | "accepted" | "dropped" = "open";
  /** What the step changes, once it has ended, and who waits for its commit. */
  #ended: { readonly changes: Changes | (() => Changes); readonly tell: (committed: Promise<Committed> | Committed) => void } | undefined;
  /** What was written with the event. */
  #written: Written | undefined;
  #hasBeenWritten = false;

  constructor(taken: Taken, ports: AheadPorts) {
    this.event = taken.event;
    this.destination = taken.destination;
    this.#taken = taken;
    this.#ports = ports;
  }

  begin(): boolean {
    const { host, actors, onDone } = this.#ports;
    const { entry, instance: open, machine } = this.#taken;
    return actors.begin(this.destination.id, async () => {
      await takeStep({ entry, open, machine, commit: this.commit }, host);
      const isDone = this.#written !== undefined && !isDue(this.#written.changes, host.clock.now());
      if (isDone) onDone(this.destination.id);
      return !isDone;
    });
  }

  /** Commits what the step changes: with its event, or by itself if the event is there already. */
  readonly commit: Host["commit"] = (changes) => {
    if (this.#fate === "accepted") return this.#ports.writer.commit(changes);
    if (this.#fate === "dropped") return Promise.resolve(NOTHING);
    return new Promise((tell) => {
      this.#ended = { changes, tell };
    });
  };

  isNext(): boolean {
    const { host, positions } = this.#ports;
    const { instance, entries } = host.memory.activations.find(this.destination.id);
    return entries.length === 0 && isSame(instance, this.#taken.instance) && positions.isFree(this.event.position);
  }

  write(): boolean {
    // A transaction that failed may have failed because of the step, which must not keep its event from being accepted.
    const isFirst = !this.#hasBeenWritten;
    this.#hasBeenWritten = true;
    this.#written = undefined;
    if (!isFirst || this.#ended === undefined) return false;
    const { changes: given } = this.#ended;
    const changes = typeof given === "function" ? given() : given;
    if (!isPlain(changes)) return false;
    this.#written = this.#ports.writer.write(changes);
    return true;
  }

  accept(): void {
    this.#fate = "accepted";
    const ended = this.#ended;
    if (ended === undefined) return;
    if (this.#written === undefined) return ended.tell(this.#ports.writer.commit(ended.changes));
    this.#ports.onCommitted(this.#written);
    ended.tell(this.#written);
  }

  drop(): void {
    this.#fate = "dropped";
    this.#ended?.tell(NOTHING);
  }
}

const NOTHING: Committed = { applied: false };

function isSame(one: Activation["instance"], other: Activation["instance"]): boolean {
  return one?.processId === other?.processId && one?.revision === other?.revision;
}

/** Whether the timeout of a step's instance has come. */
function isDue({ instance }: Changes, now: number): boolean {
  return instance !== undefined && instance.dueAt !== null && instance.dueAt <= now;
}

/** Whether the step has used up its event, and nothing else of its mailbox. */
function isPlain({ source, drop }: Changes): boolean {
  return source.from === "mailbox" && source.failure === undefined && drop === undefined;
}
