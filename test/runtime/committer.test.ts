import { ProcessError } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { createCommitter } from "../../src/runtime/commit/committer.ts";
import type { Store } from "../../src/store/store.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { pause } from "../support/pause.ts";

const unavailable = (sqliteCode = "SQLITE_FULL") => new ProcessError("STORE_UNAVAILABLE", "the disk is full", { details: { sqliteCode } });

/** A committer on a store that writes down what each transaction wrote, and that fails as it is told. */
function create() {
  const transactions: string[][] = [];
  const state = { failWith: undefined as Error | undefined, lease: undefined as Error | undefined, committed: 0, rolledBack: 0 };
  let current: string[] = [];
  const transact = <Result>(work: () => Result): Result => {
    current = [];
    const result = work();
    if (state.failWith !== undefined) throw state.failWith;
    transactions.push(current);
    return result;
  };
  const committer = createCommitter({
    // The committer knows nothing of a store but how to write.
    store: { transact } as Store,
    logger: silentLogger,
    onCommitted: () => void (state.committed += 1),
    isBusy: (error) => ProcessError.is(error, "STORE_UNAVAILABLE") && error.details["sqliteCode"] === "SQLITE_BUSY",
    onBegin: (hasSteps) => {
      if (hasSteps && state.lease !== undefined) throw state.lease;
    },
    onRolledBack: () => void (state.rolledBack += 1),
  });
  onTestFinished(() => committer.close());
  const write = (name: string) => () => {
    current.push(name);
    return `${name} written`;
  };
  const fail = (name: string) => () => {
    current.push(name);
    throw new Error(`${name} is at fault`);
  };
  return { committer, transactions, state, write, fail };
}

const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(String, (error: unknown) => (ProcessError.is(error) ? error.code : (error as Error).message));

describe("group commit", () => {
  it("puts what is ready in one turn into one transaction, in order, and resolves each with its own result after it", async () => {
    const { committer, transactions, state, write } = create();
    const results = ["a", "b", "c"].map((name) => committer.submit(name === "b" ? "step" : "accept", write(name)));
    expect(committer.pending).toBe(3);
    expect(transactions).toEqual([]);
    await expect(Promise.all(results)).resolves.toEqual(["a written", "b written", "c written"]);
    expect(transactions).toEqual([["a", "b", "c"]]);
    expect(committer.pending).toBe(0);
    await pause(5);
    expect(state.committed).toBe(1);
  });

  it("writes once what a listener fails for, and all that waits behind it", async () => {
    const { committer, transactions, write } = create();
    const onCommitted = () => {
      throw new Error("a listener fails");
    };
    const failing = committer.submit("accept", write("a"), { onCommitted });
    const others = Array.from({ length: 600 }, (_, index) => committer.submit("accept", write(`b-${index}`)));
    await expect(failing).resolves.toBe("a written");
    await Promise.all(others);
    expect(transactions.flat()).toEqual(["a", ...others.map((_, index) => `b-${index}`)]);
  });

  it("commits a single write in the same turn of the event loop, without waiting for company", async () => {
    const { committer, transactions, write } = create();
    void committer.submit("accept", write("a"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(transactions).toEqual([["a"]]);
  });

  it("puts what comes later into the next transaction", async () => {
    const { committer, transactions, write } = create();
    await committer.submit("accept", write("a"));
    await committer.submit("accept", write("b"));
    expect(transactions).toEqual([["a"], ["b"]]);
  });

  it("parts very many writes into several transactions, all in order", async () => {
    const { committer, transactions, write } = create();
    const names = Array.from({ length: 1_500 }, (_, index) => String(index));
    await Promise.all(names.map((name) => committer.submit("accept", write(name))));
    expect(transactions.flat()).toEqual(names);
    expect(transactions.length).toBeGreaterThan(1);
    expect(Math.max(...transactions.map(({ length }) => length))).toBeLessThanOrEqual(512);
  });
});

describe("a write that throws", () => {
  it("does not take down those in its group: each stands or falls by itself, in order", async () => {
    const { committer, transactions, write, fail } = create();
    const results = [committer.submit("accept", write("a")), committer.submit("step", fail("b")), committer.submit("step", write("c"))];
    await expect(Promise.all(results.map(outcomeOf))).resolves.toEqual(["a written", "b is at fault", "c written"]);
    expect(transactions).toEqual([["a"], ["c"]]);
    expect(committer.pending).toBe(0);
  });

  it("leaves the committer working", async () => {
    const { committer, write, fail } = create();
    await expect(committer.submit("accept", fail("a"))).rejects.toThrow("a is at fault");
    await expect(committer.submit("accept", write("b"))).resolves.toBe("b written");
  });
});

describe("a step of a worker that lost its lease", () => {
  it("is refused and not written; what was accepted beside it is", async () => {
    const { committer, transactions, state, write } = create();
    state.lease = new ProcessError("LEASE_LOST", "another worker has taken over");
    const results = [committer.submit("accept", write("accepted")), committer.submit("step", write("step"))];
    await expect(Promise.all(results.map(outcomeOf))).resolves.toEqual(["accepted written", "LEASE_LOST"]);
    expect(transactions).toEqual([["accepted"]]);
  });
});

describe("a store that is unavailable", () => {
  it("keeps a step and refuses everything else, and writes the step when the cause is gone", async () => {
    const { committer, transactions, state, write } = create();
    state.failWith = unavailable();
    const step = committer.submit("step", write("step"));
    await expect(committer.submit("accept", write("accepted"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(committer.pending).toBe(1);
    await pause(60);
    await expect(committer.submit("accept", write("accepted"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(transactions).toEqual([]);
    state.failWith = undefined;
    await expect(step).resolves.toBe("step written");
    expect(transactions).toEqual([["step"]]);
    await expect(committer.submit("accept", write("later"))).resolves.toBe("later written");
  });

  it("is waited for where the cause is only another's lock: nothing is refused for a while", async () => {
    const { committer, transactions, state, write } = create();
    state.failWith = unavailable("SQLITE_BUSY");
    const results = [committer.submit("accept", write("accepted")), committer.submit("step", write("step"))];
    await pause(80);
    expect(committer.pending).toBe(2);
    state.failWith = undefined;
    await expect(Promise.all(results)).resolves.toEqual(["accepted written", "step written"]);
    expect(transactions).toEqual([["accepted", "step"]]);
  });

  it("refuses at once what comes while nothing else waits, and keeps no pause for later", async () => {
    const { committer, state, transactions, write } = create();
    state.failWith = unavailable();
    for (let time = 0; time < 5; time += 1)
      await expect(committer.submit("accept", write("a"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    state.failWith = undefined;
    void committer.submit("accept", write("b"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(transactions).toEqual([["b"]]);
  });
});

describe("close", () => {
  it("refuses what is not written yet and all that comes after", async () => {
    const { committer, transactions, state, write } = create();
    state.failWith = unavailable();
    const waiting = committer.submit("step", write("step"));
    await pause(30);
    state.failWith = undefined;
    const queued = committer.submit("accept", write("accepted"));
    committer.close();
    await expect(waiting).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
    await expect(queued).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
    await expect(committer.submit("accept", write("late"))).rejects.toMatchObject({ code: "SYSTEM_STOPPED" });
    await pause(60);
    expect(transactions).toEqual([]);
    expect(committer.pending).toBe(0);
  });
});
