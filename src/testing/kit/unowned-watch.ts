import { isUnowned } from "../../definition/model/lane.ts";
import { isPolicyName } from "../../definition/model/policy.ts";
import type { CommandQueue, NewCommand } from "../../store/commands.ts";

/** What a transaction did with commands that belong to no instance, and of which no journal tells. */
export interface UnownedWork {
  /** Commands that were dispatched, from outside or by a policy. */
  readonly dispatched: readonly NewCommand[];
  /** Commands and policies, whose name is the type, that were attempted. */
  readonly attempted: readonly AttemptedCommand[];
}

export interface AttemptedCommand extends Pick<NewCommand, "commandId" | "type"> {
  /** Whether there will be no other attempt. */
  readonly isLast: boolean;
}

export interface UnownedWatch {
  /** The queue, watched. */
  watch(commands: CommandQueue): CommandQueue;
  /** Begins a transaction. */
  begin(): void;
  /** What the transaction has done until now. */
  read(): UnownedWork;
}

/** It outlives the stores that a test opens one after the other, because a row tells what it is only when it is added. */
export function createUnownedWatch(): UnownedWatch {
  const bySeq = new Map<number, Pick<NewCommand, "commandId" | "type">>();
  let dispatched: NewCommand[] = [];
  let attempted: AttemptedCommand[] = [];
  const note = (seq: number, command: NewCommand) => {
    if (isUnowned(command.processId)) bySeq.set(seq, { commandId: command.commandId, type: command.type });
  };
  const attempt = (seq: number, isWritten: boolean, isLast: boolean) => {
    const known = bySeq.get(seq);
    if (isWritten && known !== undefined) attempted.push({ ...known, isLast });
    return isWritten;
  };
  return {
    watch: (commands) => ({
      ...bind(commands),
      add: (command) => {
        const seq = commands.add(command);
        note(seq, command);
        if (isUnowned(command.processId) && !isPolicyName(command.type)) dispatched.push(command);
        return seq;
      },
      restore: (command) => {
        commands.restore(command);
        note(command.seq, command);
      },
      remove: (seq) => attempt(seq, commands.remove(seq), true),
      delay: (seq, failure) => attempt(seq, commands.delay(seq, failure), false),
    }),
    begin: () => {
      dispatched = [];
      attempted = [];
    },
    read: () => ({ dispatched, attempted }),
  };
}

/** Copies a queue method by method, because it may be an instance of a class. */
function bind(commands: CommandQueue): CommandQueue {
  return new Proxy(commands, {
    ownKeys: (target) => listMethods(target),
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

function listMethods(object: object): readonly string[] {
  const names = new Set<string>();
  for (let each: object | null = object; each !== null && each !== Object.prototype; each = Reflect.getPrototypeOf(each)) {
    for (const name of Object.getOwnPropertyNames(each)) if (name !== "constructor") names.add(name);
  }
  return [...names];
}
