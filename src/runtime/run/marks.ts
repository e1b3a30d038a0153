import type { SuspectKey, SuspectRecord, Suspects as StoredSuspects } from "../../store/suspects.ts";
import type { Committer } from "../commit/committer.ts";
import type { Changes } from "../decide/changes.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import type { Doubt } from "./judge-attempts.ts";

/** The marks of attempts, in memory and in the store. */
export interface Marks {
  /** Whether an attempt at it has to be marked, or has been. */
  concern(kind: SuspectKey["kind"], number: number): boolean;
  /** By its name. */
  get(name: string): SuspectRecord | undefined;
  /** The mark of an attempt, or one that it may be given. */
  find(key: SuspectKey): SuspectRecord;
  /** Resolves when the mark is durable. */
  put(record: SuspectRecord): Promise<void>;
  /** To be called inside the transaction of a step: the mark of what it used up or put off goes with it. */
  settle(changes: Changes): void;
  /** That transaction is committed. Returns the names of the marks that have gone. */
  noteSettled(changes: Changes): readonly string[];
}

export function nameMark({ kind, id, number }: SuspectKey): string {
  return `${kind} ${number} ${id}`;
}

export function createMarks(
  doubt: Doubt,
  { store, submit }: { readonly store: StoredSuspects; readonly submit: Committer["submit"] },
): Marks {
  const marked = new Map(doubt.marked.map((record) => [nameMark(record), record]));
  const before = new Set(doubt.marked.map(({ kind, number }) => `${kind} ${number}`));
  return {
    concern: (kind, number) =>
      number <= (kind === "step" ? doubt.steps : doubt.commands) || (before.size > 0 && before.has(`${kind} ${number}`)),
    get: (name) => marked.get(name),
    find: ({ kind, id, number }) => marked.get(nameMark({ kind, id, number })) ?? { kind, id, number, state: "begun", deaths: 0 },
    put: async (record) => {
      await submit("step", () => store.put(record));
      marked.set(nameMark(record), record);
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
        return isOver ? [name] : [];
      }),
  };
}

/** The marks that `changes` concern. `isOver`: what was marked has gone, or has failed and is not a suspect. */
function findSettled(
  { source, key, drop = [], dropCommands = [] }: Changes,
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
    ...dropCommands.flatMap(({ processId, seq }) => find({ kind: "command", id: processId, number: seq })),
  ];
  const own =
    source.from === "mailbox"
      ? find({ kind: "step", id, number: source.position })
      : source.from === "command"
        ? find({ kind: "command", id: source.processId, number: source.seq })
        : [];
  const hasFailed = "failure" in source && source.failure !== undefined;
  return [
    ...gone.map((record) => ({ record, isOver: true })),
    ...own.map((record) => ({ record, isOver: !hasFailed || record.state === "begun" })),
  ];
}
