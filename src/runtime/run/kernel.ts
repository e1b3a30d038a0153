import type { Domain } from "../../definition/model/definition.ts";
import type { Handler } from "../../definition/model/handler.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Ids } from "../../platform/ids.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Random } from "../../platform/random.ts";
import type { DeadLetterFile } from "../../store/dead-letter-file.ts";
import type { MailboxEntry, MailboxKey } from "../../store/mailbox.ts";
import type { RouteRecord } from "../../store/routes.ts";
import type { Store } from "../../store/store.ts";
import type { Memory, MemoryLimits } from "../memory/memory.ts";
import type { Changes } from "../decide/changes.ts";
import type { Around } from "./around.ts";
import type { Attempts } from "./attempt.ts";
import type { ReadReturned } from "./read-returned.ts";
import type { Router } from "../decide/router.ts";
import type { Settings } from "../check/settings.ts";
import type { Slots } from "../schedule/slots.ts";
import type { CommandNames } from "./stage.ts";
import type { Suspects } from "./suspects.ts";

/** What every part of the runtime works with. */
export interface Kernel {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: Settings;
  readonly domain: Domain;
  /** By process. */
  readonly machines: ReadonlyMap<string, ProcessMachine>;
  /** By the definitions of this system. */
  readonly router: Router;
  readonly routes: readonly RouteRecord[];
  /** Runs every command, in place of the handlers of the domain. */
  readonly dispatchCommand: Handler | undefined;
  readonly commandNames: CommandNames;
  readonly readReturned: ReadReturned;
  /** Who stands around each attempt, the outermost first; `undefined`: nobody, and then nothing is prepared for it. */
  readonly around: readonly Around[] | undefined;
  /** A `client` never works: it dispatches, looks, and asks the worker. */
  readonly role: "worker" | "client";
  /** Names this worker in the lease. */
  readonly owner: string;
  readonly memoryLimits: MemoryLimits;
  /** The file that receives the dead letters, if there is one. */
  readonly deadLetterFile: DeadLetterFile | undefined;
}

/** A run of the system, from start to stop. */
export interface Run {
  readonly attempts: Attempts;
  readonly memory: Memory;
  /** Nothing new is begun. */
  readonly isStopping: boolean;
  /** For the handlers of processes. */
  readonly handlerSlots: Slots;
  /** For command handlers, apart from the others so that neither can starve the other. */
  readonly commandSlots: Slots;
  /** Attempts that may have ended the worker before. */
  readonly suspects: Suspects;
  /** Writes a step's changes in the next group commit and wakes whom they concern. */
  commitStep(changes: Changes): Promise<unknown>;
  /** Runs `task` while `key`'s instance is between two steps. */
  betweenSteps(key: MailboxKey, task: () => Promise<void>): Promise<void>;
  /** Whether the mailbox may have something to do now: asking costs no look at the store. */
  isAwake(mailbox: string): boolean;
  /** Runs the lane of `processId` again when the mailbox has done what it has to do now. */
  holdLane(processId: string, mailbox: string): void;
  /** An event waits for a worker whose definition knows it. */
  noteAwaited(entry: MailboxEntry): void;
}
