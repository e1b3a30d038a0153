import type { HandlerDatabase } from "../../definition/model/handler-database.ts";
import { laneOf } from "../../definition/model/lane.ts";
import { steadyClock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { Store } from "../../store/store.ts";
import { type WriteTarget, writeChanges, type Written } from "../commit/write-changes.ts";
import { nameMailbox } from "../../record/command.ts";
import { createReturnedReaderNow, type ReturnedPorts } from "../core/read-returned.ts";
import type { Transact } from "../core/transact-command.ts";
import { decideCommandHandled } from "../decide/decide-command.ts";

/** What came of a command that was to be settled with what its handler writes. */
export type WrittenTransaction =
  | { readonly outcome: "settled"; readonly written: Written }
  | { readonly outcome: "failed"; readonly error: unknown }
  | { readonly outcome: "gone" };

export interface TransactionPorts extends ReturnedPorts {
  readonly store: Store;
  readonly target: WriteTarget;
}

/**
 * Runs the handler of a command and settles the command. Call it inside a transaction. `previous` is what it returned there before, if the
 * commit of that time reported a failure.
 * @throws ProcessError as `Lending.lend` does
 */
export type WriteTransaction = (
  command: CommandRecord,
  work: Parameters<Transact>[1],
  previous: WrittenTransaction | undefined,
) => WrittenTransaction;

/** `undefined`: the store has no database that it could lend. */
export function createTransactionWriter(ports: TransactionPorts): WriteTransaction | undefined {
  const { store, target, clock, logger } = ports;
  const { lending } = store;
  if (lending === undefined) return undefined;
  const readReturned = createReturnedReaderNow(ports);
  const timed = createTimed(logger);
  return (command, work, previous) => {
    // If a commit has taken effect although it reported a failure, the command is gone by that.
    if (!store.commands.isReady(command.seq, command.attempts)) {
      target.memory.lanes.forget(laneOf(command));
      return previous?.outcome === "settled" ? previous : { outcome: "gone" };
    }
    const lent = lending.lend((database: HandlerDatabase) => timed(command.type, () => work(database, readReturned)));
    if (lent.outcome === "undone") return { outcome: "failed", error: lent.error };
    const changes = decideCommandHandled(nameMailbox(command), command, lent.result, clock.now());
    return { outcome: "settled", written: writeChanges(target, changes) };
  };
}

// While such a handler runs, nothing else does.
const LONG_MS = 100;

/** Warns of the first handler of each command that takes long. */
function createTimed(logger: Logger): <Result>(type: string, work: () => Result) => Result {
  const warned = new Set<string>();
  return (type, work) => {
    const begun = steadyClock.now();
    try {
      return work();
    } finally {
      const ms = Math.round(steadyClock.now() - begun);
      if (ms > LONG_MS && !warned.has(type)) {
        warned.add(type);
        logger.warn(
          `command "${type}" took ${ms} ms in its transaction, during which this OS process could do nothing else, and no other could write to the file. ` +
            "Leave to it what has to be written together with the command. It is said once for each command.",
          { command: type, ms },
        );
      }
    }
  };
}
