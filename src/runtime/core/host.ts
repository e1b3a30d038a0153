import type { Domain } from "../../definition/model/definition.ts";
import type { Handler } from "../../definition/model/handler.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Ids } from "../../platform/ids.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Random } from "../../platform/random.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { MailboxEntry, MailboxKey } from "../../store/mailbox.ts";
import type { Settings } from "../check/settings.ts";
import type { Changes } from "../decide/changes.ts";
import type { Identities } from "../decide/identity.ts";
import type { Router } from "../decide/router.ts";
import type { Memory } from "../memory/memory.ts";
import type { Around } from "./around.ts";
import type { AttemptResult, Attempts } from "./attempt.ts";
import type { ReadReturned } from "./read-returned.ts";
import type { CommandNames } from "./stage.ts";

/** What a process's definitions and the system's options come to. */
export interface Rules {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: Pick<Settings, "retry" | "limits">;
  readonly domain: Domain;
  readonly identities: Identities;
  /** By process. */
  readonly machines: ReadonlyMap<string, ProcessMachine>;
  /** By the definitions of this system. */
  readonly router: Router;
  /** Runs every command, in place of the handlers of the domain. */
  readonly dispatchCommand: Handler | undefined;
  readonly commandNames: CommandNames;
  readonly readReturned: ReadReturned;
  /** Who stands around each attempt, the outermost first; `undefined`: nobody, and then nothing is prepared for it. */
  readonly around: readonly Around[] | undefined;
}

/**
 * What keeps instances and runs their steps. The keyed core asks a host for all that it needs, and touches the state of one key at a time:
 * one mailbox, its open instance, and the lanes of its instances.
 */
export interface Host extends Rules {
  readonly store: KeyedStore;
  readonly memory: Memory;
  readonly attempts: Attempts;
  /** Nothing new is begun. */
  readonly isStopping: boolean;
  /** Makes an attempt when it is its turn: at the step of the entry with that position, or at the command with that `seq`. */
  inTurn<Value>(
    kind: "step" | "command",
    number: number,
    describe: () => AttemptDescription,
    attempt: (turn: Turn) => Promise<AttemptResult<Value>>,
  ): Promise<AttemptResult<Value>>;
  /** Writes a step's changes, and wakes whom they concern. It rejects if they could not be written. */
  commit(changes: Changes): Promise<unknown>;
  /** Runs `task` while `key`'s instance is between two steps. */
  betweenSteps(key: MailboxKey, task: () => Promise<void>): Promise<void>;
  /** Whether the mailbox may have something to do now: asking costs no look at the store. */
  isAwake(mailbox: string): boolean;
  /** Runs the lane of `processId` again when the mailbox has done what it has to do now. */
  holdLane(processId: string, mailbox: string): void;
  /** Looks at the mailbox again when one of its commands has been tried: a step waits for that. */
  holdSteps(mailbox: string): void;
  /** An event waits for a worker whose definition knows it. */
  noteAwaited(entry: MailboxEntry): void;
}

/** What it takes to decide whether a key has something to do now. */
export type Deciding = Pick<Host, "clock" | "machines" | "router" | "memory">;

/** What is attempted, for those who have to say it. */
export interface AttemptDescription {
  /** The id of the mailbox, or the processId of the lane. */
  readonly id: string;
  /** What a person would call it. */
  readonly name: string;
  /** From 1. */
  readonly attempt: number;
}

/** An attempt's turn. */
export interface Turn {
  /** The attempt may have ended a worker before. */
  readonly isInDoubt: boolean;
  /** Gives the turn to another. To be called once, when the attempt has ended. */
  end(): void;
}
