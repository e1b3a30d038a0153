import { createRecent } from "../../platform/recent.ts";
import type { CommandRecord } from "../../store/commands.ts";
import { isOwnLane, isUnowned, laneOf } from "../../definition/model/lane.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";

/**
 * The lanes that are in memory: the commands of an instance that are not parked, kept equal to the store as activations are. That is
 * possible because only the worker writes the commands of instances. A lane of its own has one command, and is not kept. Commands that belong
 * to no instance may be written by others, so that their lanes are read anew after others have committed.
 */
export interface Lanes {
  /** The command of a lane whose turn it is, if it is due by `now`. The order is that of `CommandQueue.read`. */
  next(lane: string, now: number): CommandRecord | undefined;
  /** Notes that a command's turn has come, and that it has ended: settled, to be tried again, or cut off. */
  enter(seq: number, lane: string): void;
  leave(seq: number): void;
  /** Whether a command's turn has come, so that it is not taken back any more. */
  isEntered(seq: number): boolean;
  /** Whether something was written about the lane of a command since its turn has come, so that the command may be gone or parked. */
  isInDoubt(seq: number): boolean;
  /** Notes that an instance has no commands, because it is new or because the store says so. */
  begin(processId: string): void;
  add(command: CommandRecord): void;
  remove(lane: string, seq: number): void;
  /** Forgets the lane, because something else about it was written, so that it is read anew. */
  forget(lane: string): void;
  /** Forgets the lanes of commands that belong to no instance, because others than the worker may have accepted some. */
  forgetUnowned(): void;
  /** Does the same as for activations. */
  trust(isTrusted: boolean): void;
  clear(): void;
}

const COMMANDS_TO_READ = 16;
const LONGEST_PAYLOAD = 4_096;

interface Lane {
  /** The commands, in the order in which they run. */
  readonly commands: CommandRecord[];
  /** Whether these are all commands of the lane; otherwise they are the first. */
  readonly isWhole: boolean;
}

/** `held` is how many lanes are kept in memory; at times there are up to twice as many. */
export function createLanes(store: Pick<KeyedStore, "commands">, held: number): Lanes {
  let isKeeping = false;
  const entered = new Map<number, string>();
  const doubted = new Set<number>();
  const owned = createRecent<Lane>(held);
  const unowned = createRecent<Lane>(held);
  const recentOf = (name: string) => (isUnowned(name) ? unowned : owned);
  const keep = (name: string, lane: Lane) => {
    if (isKeeping && !isOwnLane(name)) recentOf(name).set(name, lane);
    return lane;
  };
  const clear = () => {
    owned.clear();
    unowned.clear();
  };
  const find = (name: string): Lane => {
    const known = recentOf(name).get(name);
    if (known !== undefined && (known.isWhole || known.commands.length > 0)) return known;
    const commands = [...store.commands.read(name, COMMANDS_TO_READ)];
    return keep(name, { commands, isWhole: commands.length < COMMANDS_TO_READ });
  };

  return {
    next: (name, now) => {
      const [first] = find(name).commands;
      return first !== undefined && first.dueAt <= now ? first : undefined;
    },
    enter: (seq, lane) => void entered.set(seq, lane),
    leave: (seq) => {
      entered.delete(seq);
      if (doubted.size > 0) doubted.delete(seq);
    },
    isEntered: (seq) => entered.has(seq),
    isInDoubt: (seq) => doubted.size > 0 && doubted.has(seq),
    begin: (processId) => void keep(processId, { commands: [], isWhole: true }),
    add: (command) => {
      const recent = recentOf(command.processId);
      const lane = recent.get(laneOf(command));
      if (lane === undefined) return;
      // The new command has the largest seq, so it runs after all that are due at the same moment, and after a command that has been tried.
      const index = lane.commands.findLastIndex(({ dueAt, attempts }) => attempts > 0 || dueAt <= command.dueAt) + 1;
      if (index === lane.commands.length && !lane.isWhole) return;
      if (lane.commands.length >= 2 * COMMANDS_TO_READ || command.payload.length > LONGEST_PAYLOAD) recent.delete(command.processId);
      else lane.commands.splice(index, 0, command);
    },
    remove: (name, seq) => {
      const lane = recentOf(name).get(name);
      const index = lane?.commands.findIndex((command) => command.seq === seq) ?? -1;
      if (index !== -1) lane!.commands.splice(index, 1);
    },
    forget: (name) => {
      recentOf(name).delete(name);
      for (const [seq, lane] of entered) if (lane === name) doubted.add(seq);
    },
    forgetUnowned: () => unowned.clear(),
    trust: (isTrusted) => {
      if (!isTrusted) clear();
      isKeeping = isTrusted;
    },
    clear,
  };
}
