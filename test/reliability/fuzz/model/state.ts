import { type LimitName, type ProcessSpec, specs, type Version, versionIn } from "../domain.ts";
import type { Patch, Remembered } from "../remembered.ts";
import type { Ending, Facts, StagedCommand, StepKind } from "../trace.ts";
import { demand } from "./violation.ts";

export type Status = "started" | "completed" | "timed_out" | "failed" | "cancelled";

/** What a mailbox has for one instance to do. */
export interface Step {
  readonly kind: StepKind;
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  /** Until when it waits where no instance is open; without it, it does not wait for one. */
  readonly keptUntil: number | undefined;
  /** For own handlers. */
  readonly processId: string | undefined;
  /** Its instance begins in this commit, or has begun with it. */
  startsNow: boolean;
  attempts: number;
  notBefore: number | undefined;
  firstFailedAt: number | undefined;
  generation: number;
  /** It was parked behind a letter that was retried. */
  isDrained: boolean;
}

export interface ModelInstance {
  readonly spec: ProcessSpec;
  readonly processId: string;
  readonly aggregateId: string;
  dueAt: number | undefined;
  status: Status;
  isOpen: boolean;
  isSuspended: boolean;
  /** When it is discarded, while it is failed and its process says so. */
  discardAt: number | undefined;
  /** The letter of a command that fails the instance in the same commit. */
  failingBy: string | undefined;
  /** What it remembers, if its process remembers anything. */
  context: Remembered | undefined;
  /** The version of its process that the context is of. */
  version: Version;
  /** It was migrated for a step that is in the same commit. */
  isMigrating: boolean;
  outcome: string | undefined;
}

/** Of one process and one key. */
export interface Mailbox {
  readonly spec: ProcessSpec;
  readonly aggregateId: string;
  open: ModelInstance | undefined;
  /** Events in order of acceptance. */
  queue: Step[];
  own: Step[];
  inFlight: Attempt | undefined;
  /** The retry that a timeout is about to forestall, in the same commit. */
  forestalled: Step | undefined;
  /** The event for an own handler that is in the log, and not yet what it is for. */
  ownEvent: Step | undefined;
  readonly sights: Record<Sight, number>;
}

export interface Attempt {
  readonly run: number;
  readonly eventId: string;
  readonly at: number;
  ending: Ending | undefined;
  staged: readonly StagedCommand[];
  patch: Patch | undefined;
}

export interface ModelCommand {
  readonly commandId: string;
  readonly type: string;
  readonly resource: string | undefined;
  readonly processId: string;
  readonly origin: StepKind;
  readonly sequence: number;
  dueAt: number;
  state: "pending" | "handled" | "letter" | "dropped";
  isParked: boolean;
  attempts: number;
  notBefore: number | undefined;
  generation: number;
}

export interface CommandAttempt {
  readonly run: number;
  readonly command: ModelCommand;
  readonly at: number;
  ending: Ending | undefined;
  returned: number;
}

/** The letter of a step or of a command. */
export interface StepLetter {
  readonly kind: "step";
  readonly deadLetterId: string;
  readonly processId: string;
  readonly mailbox: Mailbox;
  readonly blocks: boolean;
  readonly step: Step | undefined;
  readonly command: ModelCommand | undefined;
  status: "open" | "retried" | "skipped" | "discarded";
}

/** The letter of an event whose instances a process could not name. */
export interface CorrelationLetter {
  readonly kind: "correlation";
  readonly deadLetterId: string;
  readonly spec: ProcessSpec;
  readonly event: AcceptedEvent;
  status: "open" | "retried" | "skipped" | "discarded";
}

export type ModelLetter = StepLetter | CorrelationLetter;

export interface AcceptedEvent {
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  readonly aggregateId: string;
  readonly occurredAt: number;
  readonly acceptedAt: number;
}

/**
 * Where the XState machine of a process moves from one status by an event; the timeout has the event `undefined`. `context`: what the
 * instance remembers after the event.
 */
export type Moves = (process: string, from: Status, event: string | undefined, context?: object) => Status;

/** What one journal entry says of an instance. */
export interface Said {
  readonly mailbox: Mailbox;
  readonly instance: ModelInstance;
  readonly at: number;
  readonly facts: Facts;
  /** The entry, for whoever reads that it is wrong. */
  readonly name: string;
}

/**
 * `kept`: an event began to wait for an instance. `came`: its instance did. `gone`: nobody came in time. `several`, `none`: for how many
 * instances a process an event is. `limited`: a command waits for a limit. `newer`: an instance waits for newer code.
 * `unmigrated`: a migration failed.
 */
export type Sight = "kept" | "came" | "gone" | "several" | "none" | "limited" | "newer" | "unmigrated";

/** What the model holds: what the trace so far adds up to. */
export class State {
  readonly instances = new Map<string, ModelInstance>();
  readonly commands = new Map<string, ModelCommand>();
  readonly letters = new Map<string, ModelLetter>();
  /** By eventId, how often it was accepted. */
  readonly accepted = new Map<string, number>();
  /** By eventId, what a receipt may say. */
  readonly receipts = new Map<string, readonly ("accepted" | "kept")[]>();
  /** By eventId, how many commands returned it. */
  readonly returned = new Map<string, number>();
  readonly mailboxes = new Map<string, Mailbox>();
  /** By processId, for instances that a handler has begun to start. */
  readonly begun = new Map<string, Mailbox>();
  /** By step or command and its generation, the idempotency key, and the other way round. */
  readonly keys = new Map<string, string>();
  readonly keysUsed = new Map<string, string>();
  /** By processId. */
  readonly commandsInFlight = new Map<string, CommandAttempt>();
  /** By limit and resource, when the attempts since the worker's start have begun. */
  readonly begunUnderLimit = new Map<string, number[]>();
  /** The letters that `correlate` has to have before anything else happens. */
  readonly owedLetters: Omit<CorrelationLetter, "deadLetterId">[] = [];
  /** How often the model has come by what no entry of the trace tells of, so that it can be said whether the runs are tame. */
  readonly sights: Record<Sight, number> = { kept: 0, came: 0, gone: 0, several: 0, none: 0, limited: 0, newer: 0, unmigrated: 0 };
  deploy: Version = 1;
  isHealed = false;
  readonly moves: Moves;

  constructor(moves: Moves) {
    this.moves = moves;
  }

  mailbox(spec: ProcessSpec, aggregateId: string): Mailbox {
    const id = `${spec.process} ${aggregateId}`;
    const known = this.mailboxes.get(id);
    if (known !== undefined) return known;
    const mailbox: Mailbox = {
      spec,
      aggregateId,
      open: undefined,
      queue: [],
      own: [],
      inFlight: undefined,
      forestalled: undefined,
      ownEvent: undefined,
      sights: this.sights,
    };
    this.mailboxes.set(id, mailbox);
    return mailbox;
  }

  /** The commands of an instance that are left, in the order in which they are to run. */
  lane(processId: string): ModelCommand[] {
    return [...this.commands.values()]
      .filter((command) => command.processId === processId && command.state === "pending")
      .toSorted((a, b) => Number(b.attempts > 0) - Number(a.attempts > 0) || a.dueAt - b.dueAt || a.sequence - b.sequence);
  }

  /** Whether the code that runs does not know what the instance remembers, so that the instance is left alone. */
  isNewer(processId: string | undefined): boolean {
    const instance = this.instances.get(processId ?? "");
    return instance !== undefined && instance.version > versionIn(this.deploy, instance.spec);
  }

  /** Every attempt of a step or command has the idempotency key of the one before, until an operator retries it; no other has it. */
  checkKey(of: string, generation: number, key: string, name: string): void {
    const before = this.keys.get(`${of}/${generation}`);
    demand(before === undefined || before === key, `${name}: the idempotencyKey is not that of the attempt before`);
    const user = this.keysUsed.get(key);
    demand(user === undefined || user === `${of}/${generation}`, `${name}: the idempotencyKey was that of ${user}`);
    this.keys.set(`${of}/${generation}`, key);
    this.keysUsed.set(key, `${of}/${generation}`);
  }
}

export function findSpec(process: string): ProcessSpec {
  const found = specs.find((spec) => spec.process === process);
  demand(found !== undefined, `there is no process ${process}`);
  return found;
}

/** The limits that a command is under, if it is under any. */
export function limitOf({ type }: Pick<ModelCommand, "type">): LimitName | undefined {
  return type === "narrow" || type === "seldom" ? type : undefined;
}
