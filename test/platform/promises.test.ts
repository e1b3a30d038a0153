import { setImmediate } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { callGuarded } from "../../src/platform/call-guarded.ts";
import { dropPromise, dropPromises, dropPromisesWithin, refusePromises } from "../../src/platform/promises.ts";

/** What rejects unhandled until the next turn of the event loop. */
async function listen(act: () => void): Promise<readonly unknown[]> {
  const unhandled: unknown[] = [];
  const others = process.listeners("unhandledRejection");
  const note = (reason: unknown) => void unhandled.push(reason);
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", note);
  onTestFinished(() => {
    process.off("unhandledRejection", note);
    for (const other of others) process.on("unhandledRejection", other);
  });
  act();
  await setImmediate();
  await setImmediate();
  return unhandled;
}

const rejected = () => Promise.reject(new Error("nobody awaits it"));
/** A promise behind what only has its shape. */
const shaped = () => {
  const behind = rejected();
  // oxlint-disable-next-line unicorn/no-thenable -- what the test is about
  return { then: (...args: Parameters<typeof behind.then>) => behind.then(...args) };
};
const foreign = () => runInNewContext("Promise.reject(new Error('of another realm'))") as unknown;
const callable = () => Object.assign(() => {}, shaped());

const promises: readonly [string, () => unknown][] = [
  ["a promise", rejected],
  ["a promise of another realm", foreign],
  ["what has the shape of one", shaped],
  ["a function that has the shape of one", callable],
];

describe("a promise that was not to be given", () => {
  it.each(promises)("is told, and ends no OS process: %s", async (_, make) => {
    expect(await listen(() => expect(dropPromise(make())).toBe(true))).toEqual([]);
    expect(await listen(() => expect(dropPromises({ rate: make(), other: make() })).toBe(true))).toEqual([]);
    expect(await listen(() => expect(dropPromises([1, make(), make()])).toBe(true))).toEqual([]);
    expect(await listen(() => expect(() => refusePromises(make(), "the key")).toThrow("the key gives a promise"))).toEqual([]);
    expect(await listen(() => dropPromisesWithin({ a: [{ b: make() }, make()] }))).toEqual([]);
  });

  it("would be unhandled otherwise", async () => {
    expect(await listen(() => void rejected())).toEqual([new Error("nobody awaits it")]);
  });

  it.each<[string, unknown]>([
    ["a text", "then"],
    ["nothing", undefined],
    ["null", null],
    // oxlint-disable-next-line unicorn/no-thenable -- what the test is about
    ["an object whose then is no function", { then: true }],
    ["an object that cannot be read", new Proxy({}, { get: () => fail(), getPrototypeOf: () => fail() })],
    ["a list", [1, { a: 1 }]],
    ["an object of a class", new Map([["a", 1]])],
  ])("is not seen in %s", (_, answer) => {
    expect(dropPromise(answer)).toBe(false);
    expect(dropPromises(answer)).toBe(false);
  });

  it("is found in what contains itself", async () => {
    const value: Record<string, unknown> = { rate: rejected() };
    value["self"] = [value, { value }];
    expect(await listen(() => dropPromisesWithin(value))).toEqual([]);
  });
});

function fail(): never {
  throw new Error("it cannot be read");
}

it.each(promises)("what a guarded call gives is reported when it rejects: %s", async (_, make) => {
  const errors: unknown[] = [];
  expect(await listen(() => callGuarded(make, (error) => void errors.push(error)))).toEqual([]);
  expect(errors).toMatchObject([{ message: expect.stringMatching(/nobody|realm/) as unknown }]);
});
