import type { Clock } from "../../platform/clock.ts";
import { laneOf } from "../../definition/model/lane.ts";
import { newToRecord } from "../../record/command.ts";
import type { NewCommand } from "../../store/commands.ts";
import type { DueLane } from "../../store/requests.ts";
import type { Store } from "../../store/store.ts";
import type { Memory } from "../memory/memory.ts";
import type { Committer } from "./committer.ts";

/** What became of a command from outside. `duplicate`: its commandId was accepted before, and `dueAt` is from then. */
export interface AcceptedCommand {
  readonly commandId: string;
  /** In milliseconds since 1970. */
  readonly dueAt: number;
  readonly outcome: "accepted" | "duplicate";
}

export interface CommandAcceptorPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly memory: Memory;
  readonly committer: Committer;
  /** Whether this OS process is the worker, by the transaction that is open. */
  readonly isWorker: () => boolean;
  /** Whether no worker has to be told, by the transaction that is open. */
  readonly isWorkerAway: () => boolean;
  /** The command is durable. */
  readonly onAccepted: (lane: DueLane) => void;
  /** A commit reported a failure, and may have taken effect: what it stored was told to nobody. */
  readonly onInDoubt: () => void;
}

/** Accepts commands from outside in the next group commit. Another OS process that is the worker is left word in the same transaction. */
export function createCommandAcceptor(ports: CommandAcceptorPorts): (command: NewCommand) => Promise<AcceptedCommand> {
  const { store, clock, memory, committer, isWorker, isWorkerAway, onAccepted, onInDoubt } = ports;
  return (command) => {
    const { commandId, dueAt, dispatchedAt: acceptedAt } = command;
    const lane = laneOf(command);
    const write = (previous: AcceptedCommand | undefined): AcceptedCommand => {
      if (!store.commandIds.add({ commandId, dueAt, acceptedAt })) {
        // This very write may have stored it before.
        if (previous?.outcome === "accepted") return previous;
        return { commandId, dueAt: store.commandIds.get(commandId)!.dueAt, outcome: "duplicate" };
      }
      memory.lanes.add(newToRecord(command, store.commands.add(command)));
      if (!isWorker() && !isWorkerAway()) {
        store.requests.add({ kind: "wake", mailboxes: [], accepted: 0, lanes: [{ lane, dueAt }] }, clock.now());
      }
      return { commandId, dueAt, outcome: "accepted" };
    };
    return committer.submit("accept", write, {
      onCommitted: ({ outcome }) => {
        if (outcome === "accepted") onAccepted({ lane, dueAt });
      },
      isDone: (previous) => {
        onInDoubt();
        return previous.outcome === "accepted" && store.commandIds.get(commandId) !== undefined;
      },
    });
  };
}
