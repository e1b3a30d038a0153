import type { SuspectKey, SuspectRecord, Suspects as StoredSuspects } from "../../store/suspects.ts";
import type { Committer } from "../commit/committer.ts";
import type { Changes } from "../decide/changes.ts";
import { nameOwnLane } from "../../definition/model/lane.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import type { Doubt } from "./judge-attempts.ts";

/** The marks of attempts, in memory and in the store. */
export interface Marks {
  /** Whether an attempt at it has to be marked, or is marked. */
  concern(kind: SuspectKey["kind"], number: number): boolean;
  /** The mark with this name. */
  get(name: string): SuspectRecord | undefined;
  /** The mark of an attempt, or a new mark that it may get. */
  find(key: SuspectKey): SuspectRecord;
  /** Writes a mark, unless what it marks was called off meanwhile. Resolves when it is durable. */
  put(record: SuspectRecord): Promise<void>;
  /** Removes the marks of what a step has used up or put off. Call it inside the step's transaction. */
  settle(changes: Changes): void;
  /** Notes that the step's transaction was committed. Returns the marks that are gone. */
  noteSettled(changes: Changes): readonly SuspectRecord[];
}

export function nameMark({ kind, id, number }: SuspectKey): string {
  return `${kind} ${number} ${id}`;
}

export interface MarkPorts {
  readonly store: StoredSuspects;
  readonly submit: Committer["submit"];
  /** Whether it is an invocation that is not to run any more. */
  readonly isCalledOff: (key: SuspectKey) => boolean;
}

export function createMarks(doubt: Doubt, { store, submit, isCalledOff }: MarkPorts): Marks {
  const marked = new Map(doubt.marked.map((record) => [nameMark(record), record]));
  const before = new Set(doubt.marked.map(({ kind, number }) => `${kind} ${number}`));
  return {
    concern: (kind, number) =>
      number <= (kind === "step" ? doubt.steps : doubt.commands) || (before.size > 0 && before.has(`${kind} ${number}`)),
    get: (name) => marked.get(name),
    find: ({ kind, id, number }) => marked.get(nameMark({ kind, id, number })) ?? { kind, id, number, state: "begun", deaths: 0 },
    put: async (record) => {
      const name = nameMark(record);
      const earlier = marked.get(name);
      try {
        await submit("step", () => {
          if (isCalledOff(record)) return;
          store.put(record);
          // What uses it up may be written in the same transaction.
          marked.set(name, record);
        });
      } catch (error) {
        if (earlier === undefined) marked.delete(name);
        else marked.set(name, earlier);
        throw error;
      }
    },
    settle: (changes) => {
      for (const { record, isOver } of findSettled(changes, marked)) {
        if (isOver) store.remove(record);
        else store.put({ ...record, state: "suspect" });
      }
    },
    noteSettled: (changes) =>
      findSettled(changes, marked).flatMap(({ record, isOver }) => {
        const name = nameMark(record);
        if (isOver) marked.delete(name);
        else marked.set(name, { ...record, state: "suspect" });
        return isOver ? [record] : [];
      }),
  };
}

/** The marks that `changes` concern. `isOver` says that what was marked is gone, or has failed and is not a suspect. */
function findSettled(
  { source, key, drop = [], dropCommands = [], withdrawn = [] }: Changes,
  marked: ReadonlyMap<string, SuspectRecord>,
): readonly { readonly record: SuspectRecord; readonly isOver: boolean }[] {
  if (marked.size === 0) return [];
  const id = keyToId(key);
  const find = (at: SuspectKey) => {
    const record = marked.get(nameMark(at));
    return record === undefined ? [] : [record];
  };
  const gone = [
    ...drop.flatMap((number) => find({ kind: "step", id, number })),
    ...dropCommands.flatMap(({ lane, seq }) => find({ kind: "command", id: lane, number: seq })),
    // The lane of an invocation is its own.
    ...withdrawn.flatMap(({ processId, commandId }) =>
      [...marked.values()].filter((mark) => mark.id === nameOwnLane(processId, commandId)),
    ),
  ];
  const own =
    source.from === "mailbox"
      ? find({ kind: "step", id, number: source.position })
      : source.from === "command"
        ? find({ kind: "command", id: source.lane, number: source.seq })
        : [];
  const hasFailed = "failure" in source && source.failure !== undefined;
  return [
    ...gone.map((record) => ({ record, isOver: true })),
    ...own.map((record) => ({ record, isOver: !hasFailed || record.state === "begun" })),
  ];
}
