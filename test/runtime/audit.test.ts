import { describe, expect, test as it } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { createAudit } from "../../src/runtime/schedule/audit.ts";
import { createSerialRunner } from "../../src/runtime/schedule/serial-runner.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { silentLogger } from "../support/silent-logger.ts";

/** An audit of a store in which the mailbox of `o-1` has an event, and of a run that holds nothing in memory. */
function createAuditOfOneEvent(isHandedOn: () => boolean) {
  const store: Store = openSqliteStore({ path: ":memory:", synchronous: "full" });
  store.transact(() => {
    const event = { eventId: "e-1", type: "Begun", aggregateId: "o-1", payload: "{}", occurredAt: 0, acceptedAt: 0 };
    const position = store.events.append({ ...event, correlationId: null, causationId: null })!;
    store.mailbox.put({ process: "order/life", aggregateId: "o-1", position, kind: "event", processId: null, generation: 0, starts: true });
  });
  const woken: string[] = [];
  const errors: string[] = [];
  const createOwners = () => ({
    runner: createSerialRunner({
      run: async (id) => void woken.push(id),
      maxRunning: 1,
      maxWaiting: 1,
      onMissed: () => {},
      onError: () => {},
      onProgress: () => {},
    }),
    isPutOff: () => false,
    canGoOn: () => true,
  });
  const audit = createAudit({
    store,
    now: () => 1,
    instances: createOwners(),
    lanes: createOwners(),
    schedules: createOwners(),
    isHandedOn,
    pageSize: 10,
    logger: { ...silentLogger, error: (message) => void errors.push(message) },
  });
  return { audit, woken, errors };
}

describe("the audit", () => {
  it("wakes what is not held although it can go on, and says so", () => {
    const { audit, woken, errors } = createAuditOfOneEvent(() => true);
    expect(audit.lookAtAll()).toBe(false);
    expect(woken).toEqual(["order/life\no-1"]);
    expect(errors).toMatchObject([expect.stringContaining('did not know that 1 instance has work to do, the first "order/life\\no-1"')]);
  });

  it("says nothing of what has come due while it looked, because the backlog hands that on", () => {
    const { audit, woken, errors } = createAuditOfOneEvent(() => false);
    expect(audit.lookAtAll()).toBe(false);
    expect(woken).toEqual([]);
    expect(errors).toEqual([]);
  });
});
