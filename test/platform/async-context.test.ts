import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test as it } from "vitest";
import { withoutContext } from "../../src/platform/async-context.ts";
import { callAt, steadyClock, systemClock } from "../../src/platform/clock.ts";
import { repeat } from "../../src/platform/repeat.ts";
import { nextTurn } from "../../src/platform/turn.ts";

const tenant = new AsyncLocalStorage<string>();

/** What `arm` finds in force when it calls back; it is called in a context. */
function lookIn(arm: (callback: () => void) => void): Promise<string | undefined> {
  return new Promise((resolve) => tenant.run("ACME", () => arm(() => resolve(tenant.getStore()))));
}

describe("what waits for later", () => {
  it("is called in no context, whoever asked for it", async () => {
    expect(await lookIn(nextTurn)).toBeUndefined();
    expect(await lookIn((callback) => systemClock.setTimeout(callback, 1))).toBeUndefined();
    expect(await lookIn((callback) => steadyClock.setTimeout(callback, 1))).toBeUndefined();
    expect(await lookIn((callback) => callAt(systemClock, systemClock.now() + 1, callback))).toBeUndefined();
    const end = await new Promise<string | undefined>((resolve) => {
      const stop = tenant.run("ACME", () =>
        repeat(() => {
          stop();
          resolve(tenant.getStore());
        }, 1),
      );
    });
    expect(end).toBeUndefined();
  });
});

describe("withoutContext", () => {
  it("leaves the caller's context as it is, and returns or throws what the task does", () => {
    tenant.run("ACME", () => {
      expect(withoutContext(() => tenant.getStore() ?? "nobody")).toBe("nobody");
      expect(() =>
        withoutContext(() => {
          throw new RangeError("no");
        }),
      ).toThrow(RangeError);
      expect(tenant.getStore()).toBe("ACME");
    });
  });

  it("takes nothing of what was entered in a task that calls it, whatever ran in none before", () => {
    withoutContext(() => {});
    const inner = withoutContext(() => {
      tenant.enterWith("Globex");
      return withoutContext(() => tenant.getStore() ?? "nobody");
    });
    expect(inner).toBe("nobody");
    expect(withoutContext(() => tenant.getStore() ?? "nobody")).toBe("nobody");
  });

  it("takes nothing of what was entered in a task before, and keeps it within that task", async () => {
    const within = withoutContext(async () => {
      tenant.enterWith("Globex");
      await Promise.resolve();
      return tenant.getStore();
    });
    expect(withoutContext(() => tenant.getStore())).toBeUndefined();
    expect(tenant.getStore()).toBeUndefined();
    expect(await within).toBe("Globex");
  });
});
