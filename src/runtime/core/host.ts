import type { Domain, HandlerDefinition } from "../../definition/model/definition.ts";
import type { Handler } from "../../definition/model/handler.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Ids } from "../../platform/ids.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Random } from "../../platform/random.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { MailboxEntry, MailboxKey } from "../../store/mailbox.ts";
import type { Settings } from "../check/settings.ts";
import type { Changes } from "../decide/changes.ts";
import type { Identities } from "../decide/identity.ts";
import type { Router } from "../decide/router.ts";
import type { Memory } from "../memory/memory.ts";
import type { Around } from "./around.ts";
import type { Attempts, NotBegun } from "./attempt.ts";
import type { Transact } from "./transact-command.ts";
import type { Limiter } from "./limiter.ts";
import type { ReadReturned } from "./read-returned.ts";
import type { CommandNames } from "./command-names.ts";
import type { Telemetry } from "../trace/telemetry.ts";

/** What the definitions and the system's options say together. */
export interface Rules {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: Pick<Settings, "retry" | "limits" | "handlerTimeoutMs">;
  readonly domain: Domain;
  readonly identities: Identities;
  /** The machines, by process. */
  readonly machines: ReadonlyMap<string, ProcessMachine>;
  /** Routes by the definitions of this system. */
  readonly router: Router;
  /** Runs every command, in place of the handlers of the domain. */
  readonly dispatchCommand: Handler | undefined;
  readonly commandNames: CommandNames;
  readonly readReturned: ReadReturned;
  /** Who stands around each attempt, the outermost first. If it is `undefined`, nobody does, and attempts prepare nothing for it. */
  readonly around: readonly Around[] | undefined;
  /** Who is told of each attempt. If it is `undefined`, nobody is, and attempts prepare nothing for it. */
  readonly telemetry: Telemetry | undefined;
}

/**
 * What keeps instances and runs their steps. The keyed core asks a host for all that it needs, and touches the state of one key at a time:
 * one mailbox, its open instance, and the lanes of the mailbox's instances.
 */
export interface Host extends Rules {
  readonly store: KeyedStore;
  readonly memory: Memory;
  readonly attempts: Attempts;
  /** Keeps commands to their limits; `undefined`: no command has any. */
  readonly limiter: Limiter | undefined;
  /** Whether the host is stopping, so that nothing new is begun. */
  readonly isStopping: boolean;
  /** Makes an attempt when its turn has come: at the step of the entry with that position, or at the command with that `seq`. */
  inTurn<Result>(
    kind: "step" | "command",
    number: number,
    describe: () => AttemptDescription,
    attempt: (turn: Turn) => Promise<Result>,
  ): Promise<Result | NotBegun>;
  /**
   * Writes a step's changes, and wakes those whom they concern. `applied` is `false` if their source was not there to be used up. Rejects if
   * they could not be written. A function is asked inside the transaction that writes what it gives, and again if that is repeated.
   */
  commit(changes: Changes | (() => Changes)): Promise<{ readonly applied: boolean }>;
  /** Settles a command in one transaction with what its handler writes; `undefined`: there is no database that handlers could write to. */
  readonly transact?: Transact | undefined;
  /** Runs `task` while `key`'s instance is between two steps. */
  betweenSteps(key: MailboxKey, task: () => Promise<void>): Promise<void>;
  /** Whether the mailbox may have something to do now. The answer comes from memory, so it costs no look at the store. */
  isAwake(mailbox: string): boolean;
  /** Runs a lane again when its mailbox has done what it has to do now. */
  holdLane(lane: string, mailbox: string): void;
  /** An attempt of that handler has ended, so that this OS process has outlived it. */
  noteOutlived(handler: HandlerDefinition): void;
  /** The context of an instance of `process` is now `json`. */
  noteContext(process: string, json: string): void;
  /** Looks at the mailbox again when one of its commands has been tried: a step waits for that. */
  holdSteps(mailbox: string): void;
  /** An early event goes at that moment, if no instance has started for it by then. */
  noteKept(until: number): void;
  /** An event waits for a worker whose definition knows it. */
  noteAwaited(entry: MailboxEntry): void;
  /** An attempt of a policy waits for a worker whose definitions have the policy. */
  noteAwaitedPolicy(attempt: CommandRecord): void;
  /**
   * Whether an instance of `process` is of a newer version than this host's definition, so that nothing of it is touched. `known` is an
   * instance that was read already. It costs no look at the store as long as no instance of the process is of a newer version.
   */
  isNewer(process: string, processId: string, known?: InstanceRecord): boolean;
  /** An instance waits for a worker of its version. */
  noteNewer(process: string, processId: string): void;
}

/** The part of a host that tells whether a key has something to do now. */
export type Deciding = Pick<Host, "clock" | "machines" | "router" | "memory" | "isNewer">;

/** What is attempted, for messages about it. */
export interface AttemptDescription {
  /** The id of the mailbox, or the name of the lane. */
  readonly id: string;
  /** The attempt's name for a person. */
  readonly name: string;
  /** From 1. */
  readonly attempt: number;
}

/** An attempt's turn. */
export interface Turn {
  /** Whether an earlier attempt at it may have ended a worker. */
  readonly isInDoubt: boolean;
  /** Gives the turn to another attempt. Call it once, when the attempt has ended. */
  end(): void;
}
