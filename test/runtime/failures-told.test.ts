import { ProcessError } from "perdure";
import { describe, expect, onTestFinished, test as it, vi } from "vitest";
import { assembleSystem } from "../../src/system/create-process-system.ts";
import { createHandOver } from "../../src/runtime/worker/hand-over.ts";
import type { DeadLetterFile } from "../../src/store/dead-letter-file.ts";
import type { Store } from "../../src/store/store.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { fakeClocks } from "../support/fake-clocks.ts";

const locked = () => new ProcessError("STORE_UNAVAILABLE", "another OS process holds the lock", { details: { isBusy: true } });
const full = () => new ProcessError("STORE_UNAVAILABLE", "the disk is full", { details: { isBusy: false } });

/** The handing over of one letter to a file that fails as it is told. */
function openHandOver() {
  onTestFinished(fakeClocks());
  const state = { fail: undefined as (() => Error) | undefined, isHandedOver: false };
  const logged: string[] = [];
  const log = (level: string) => (message: string) => void logged.push(`${level}: ${message}`);
  // What hands over needs no more of the two files.
  const store = {
    deadLetters: {
      toHandOver: () => (state.isHandedOver ? [] : [{ deadLetterId: "d-1", status: "open" }]),
      markHandedOver: () => void (state.isHandedOver = true),
    },
    transact: (work: () => void) => work(),
  } as unknown as Store;
  const file = {
    put: () => {},
    transact: (work: () => void) => {
      if (state.fail !== undefined) throw state.fail();
      work();
    },
  } as unknown as DeadLetterFile;
  const logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  const handOver = createHandOver(store, file, () => {}, logger);
  /** Tries every 50 ms. */
  const tryFor = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 50) {
      handOver();
      vi.advanceTimersByTime(50);
    }
  };
  return { state, logged, handOver, tryFor };
}

describe("a failure of something that the worker does again and again", () => {
  it("is no news if another OS process holds the lock, unless that lasts", () => {
    const { state, logged, handOver, tryFor } = openHandOver();
    state.fail = locked;
    tryFor(9_000);
    expect(logged).toEqual([]);
    tryFor(2_000);
    expect(logged).toEqual([expect.stringMatching(/^error: dead letters could not be handed over .*: another OS process holds the lock$/)]);
    state.fail = undefined;
    expect(handOver()).toBe(true);
  });

  it("is told at once, and while it lasts once a minute; another one in between as well", () => {
    const { state, logged, tryFor } = openHandOver();
    state.fail = full;
    tryFor(59_000);
    expect(logged).toHaveLength(1);
    tryFor(2_000);
    expect(logged).toHaveLength(2);
    state.fail = () => new Error("something else");
    tryFor(2_000);
    expect(logged.map((line) => line.split(": ").at(-1))).toEqual(["the disk is full", "the disk is full", "something else"]);
  });

  it("is told again if it has come back after a success", () => {
    const { state, logged, handOver, tryFor } = openHandOver();
    state.fail = full;
    tryFor(200);
    state.fail = undefined;
    expect(handOver()).toBe(true);
    Object.assign(state, { fail: full, isHandedOver: false });
    tryFor(200);
    expect(logged).toHaveLength(2);
  });
});

it("a worker that finds its store locked as it removes what is past its retention tries again soon, and says nothing", async () => {
  onTestFinished(fakeClocks());
  const said: unknown[] = [];
  let tries = 0;
  const wrapStore = (store: Store): Store => ({
    ...store,
    retention: {
      ...store.retention,
      prune: (...given) => {
        tries += 1;
        if (tries < 3) throw locked();
        return store.retention.prune(...given);
      },
    },
  });
  const logger = { warn: (message: string) => void said.push(message), error: (message: string) => void said.push(message) };
  const { system } = await assembleSystem({ definitions: [defineLifecycle()], store: { path: ":memory:" }, logger }, { wrapStore });
  onTestFinished(() => system.stop());
  await system.start();
  expect(tries).toBe(1);
  vi.advanceTimersByTime(2_000);
  expect(tries).toBe(3);
  expect(said).toEqual([]);
});
