/** What runs in a lane: the attempt of a policy for an event, or a command. What is known of it is said apart from the library. */
export interface Item {
  readonly id: string;
  readonly kind: "policy" | "command";
  /** The lane that it is in order with; `undefined`: one of its own. */
  readonly lane: string | undefined;
  /** When it is due, in milliseconds since 1970. An operator may move a command. */
  dueAt: number;
  /** Its place among all that was stored, as far as that is known: larger is later. */
  readonly storedAt: number;
  /** Whether its fault is over: it was brought back with another payload. */
  isEdited: boolean;
  /** The idempotency key, and the attempts under it. */
  key: string | undefined;
  readonly keys: Set<string>;
  attempt: number;
  /** `waiting`: for its moment, its turn or another attempt. `letter`: it is out of attempts. `gone`: an operator has let it go. */
  state: "waiting" | "running" | "done" | "letter" | "gone";
  /** The moment before which it has no other attempt. */
  notBefore: number;
  /** Whether its place in its lane is not known: an operator has moved it, or it came of a command that ran beside others. */
  isUnordered: boolean;
}

export const MOST_ATTEMPTS = 3;
export const RETRY_MS = 2_000;
export const LATER_MS = 60_000;

export class Violation extends Error {}

/** All items, and what has to hold of each whenever it begins and ends. */
export class Items {
  readonly all = new Map<string, Item>();
  /** How often something of each kind has happened. */
  readonly seen: Record<string, number> = {};
  #stored = 0;

  add(id: string, { kind, lane, dueAt, isUnordered }: Pick<Item, "kind" | "lane" | "dueAt"> & Partial<Pick<Item, "isUnordered">>): void {
    // A repeated attempt dispatches the same commands.
    if (this.all.has(id)) return;
    const storedAt = (this.#stored += 1);
    const fresh = { key: undefined, keys: new Set<string>(), attempt: 0, state: "waiting", notBefore: 0 } as const;
    this.all.set(id, { id, kind, lane, dueAt, storedAt, isEdited: false, isUnordered: isUnordered ?? false, ...fresh });
  }

  get(id: string): Item {
    const item = this.all.get(id);
    if (item === undefined) throw new Violation(`${id} is there, and nobody has stored it`);
    return item;
  }

  count(what: string): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1;
  }

  begin(id: string, { key, attempt, now }: { readonly key: string; readonly attempt: number; readonly now: number }): void {
    const item = this.get(id);
    this.count(item.kind);
    if (item.state === "gone") throw new Violation(`${id} runs, and an operator has let it go`);
    if (now < item.dueAt) throw new Violation(`${id} runs ${item.dueAt - now} ms early`);
    if (key === item.key && attempt === item.attempt) this.count("repeated");
    else this.#checkNext(item, { key, attempt, now });
    for (const other of this.all.values()) if (other !== item) this.#checkLane(item, other);
    Object.assign(item, { key, attempt, state: "running" });
    item.keys.add(key);
    if (!this.#storedBefore.has(id)) this.#storedBefore.set(id, this.#stored);
  }

  /** What is no repetition of an attempt that a crash has cut off is the next attempt, or the first after an operator has brought it back. */
  #checkNext(item: Item, { key, attempt, now }: { readonly key: string; readonly attempt: number; readonly now: number }): void {
    const { id, state, keys, notBefore } = item;
    if (state === "done") throw new Violation(`${id} runs again in attempt ${attempt}, and has succeeded`);
    if (state === "letter") throw new Violation(`${id} runs, and is a dead letter`);
    const isNext = key === item.key ? attempt === item.attempt + 1 : attempt === 1 && item.key === undefined && !keys.has(key);
    if (!isNext) throw new Violation(`${id} has attempt ${attempt} with the key ${key} after attempt ${item.attempt} with ${item.key}`);
    if (now < notBefore) throw new Violation(`${id} is tried again ${notBefore - now} ms early`);
  }

  /** In a lane one runs at a time, and none after one that was due later. What an operator has moved or brought back comes when it comes. */
  #checkLane(item: Item, other: Item): void {
    if (item.lane === undefined || other.lane !== item.lane) return;
    if (other.state === "running") throw new Violation(`${item.id} begins while ${other.id} runs`);
    const storedBefore = this.#storedBefore.get(other.id);
    if (storedBefore === undefined || item.keys.size > 0 || item.isUnordered || other.isUnordered) return;
    const isDueBefore = item.dueAt < other.dueAt || (item.dueAt === other.dueAt && item.storedAt < other.storedAt);
    // What was stored after the other had begun could not come before it.
    if (isDueBefore && item.storedAt <= storedBefore) throw new Violation(`${item.id} begins after ${other.id}, which is due later`);
  }

  /** How much had been stored when something first began. */
  readonly #storedBefore = new Map<string, number>();

  end(id: string, ending: "ok" | "throw" | "final" | "later", now: number): void {
    const item = this.get(id);
    this.count(ending);
    if (ending === "ok") item.state = "done";
    else if (ending === "final" || item.attempt >= MOST_ATTEMPTS) item.state = "letter";
    else {
      item.state = "waiting";
      item.notBefore = now + (ending === "later" ? LATER_MS : RETRY_MS);
    }
  }

  /** The system has ended in the midst of what ran. */
  cut(): void {
    for (const item of this.all.values()) if (item.state === "running") item.state = "waiting";
  }

  /** An operator has settled its letter. */
  settle(id: string, how: "retry" | "edit" | "skip" | "discard"): void {
    const item = this.get(id);
    if (item.state !== "letter") throw new Violation(`${id} has a letter, and is ${item.state}`);
    this.count(how);
    if (how === "skip" || how === "discard") item.state = "gone";
    else Object.assign(item, { state: "waiting", key: undefined, attempt: 0, notBefore: 0, isEdited: item.isEdited || how === "edit" });
  }
}
