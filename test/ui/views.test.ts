import { describe, expect, test as it } from "vitest";
import { defineProcess } from "perdure";
import { createMachine } from "xstate";
import type {
  ChosenAnswer,
  InstanceAnswer,
  JsonText,
  LetterAnswer,
  OverviewAnswer,
  Session,
  StatesAnswer,
  WireInstance,
  WireLetter,
  WirePage,
  WireSchedule,
  WireTimer,
} from "../../src/ui/wire.ts";
import { MOST_CHOSEN } from "../../src/ui/choose.ts";
import { LONGEST_TEXT } from "../../src/ui/show.ts";
import { hostile, openUi, page, pay, place } from "./open-ui.ts";

const doors = defineProcess({
  aggregate: "door",
  name: "use",
  startedBy: ["Built"],
  machine: createMachine({
    initial: "closed",
    states: { closed: { initial: "free", states: { free: { on: { Locked: "locked" } }, locked: {} } } },
  }),
});

const read = ({ text }: JsonText): unknown => JSON.parse(text);

describe("the page", () => {
  it("is given wherever the handler is mounted, with a slash at the end of the address or without", async () => {
    const { send } = await openUi();
    for (const path of ["", "/tools/perdure", "/", "/elsewhere/"]) expect(await (await send(path)).text()).toBe(page);
  });

  it("is told what it may do, and who asks", async () => {
    const { get } = await openUi({ readOnly: true, by: (request) => request.headers.get("x-user") ?? "nobody" });
    expect(await get<Session>("session")).toEqual({
      readOnly: true,
      redacts: false,
      hasMap: false,
      by: "nobody",
      processes: ["order/order-lifecycle"],
    });
  });
});

describe("the overview", () => {
  it("has counts by process and status, how far the work is behind, and what is due next", async () => {
    const { test, get } = await openUi();
    await test.dispatch([place("a"), place("b"), pay("b", "lots"), place("c"), { type: "OrderFulfilled", aggregateId: "c" }]);
    const answer = await get<OverviewAnswer>("overview");
    expect(answer.counts["order/order-lifecycle"]).toMatchObject({ started: 1, completed: 1, failed: 1, timed_out: 0 });
    expect(answer).toMatchObject({ deadLetters: 1, accepted: 5, waiting: 0, worker: "working", pendingCommands: 3 });
    expect(answer.next[0]).toMatchObject({ kind: "command", what: "remind", aggregateId: "a", dueAt: "2026-01-03T00:00:00.000Z" });
    expect(answer.recent.find(({ kind }) => kind === "completed")).toMatchObject({ aggregateId: "c", what: "OrderFulfilled" });
  });

  it("counts what was accepted in each minute since the handler was made, and says nothing of the minutes before", async () => {
    const { test, get } = await openUi();
    await test.dispatch([place("a"), place("b")]);
    await test.advance("2m");
    await test.dispatch(place("c"));
    const { minutes } = await get<OverviewAnswer>("overview");
    expect(minutes).toHaveLength(60);
    expect(minutes.map((minute) => minute?.accepted).slice(-4)).toEqual([undefined, 2, 0, 1]);
  });
});

describe("instances", () => {
  it("are found by process, status, key and processId", async () => {
    const { test, get } = await openUi();
    await test.dispatch([place("a"), place("b"), { type: "OrderFulfilled", aggregateId: "b" }]);
    const keys = async (query: string) =>
      (await get<WirePage<WireInstance>>(`instances?${query}`)).items.map(({ aggregateId }) => aggregateId);
    const [b] = (await get<WirePage<WireInstance>>("instances")).items;
    expect(await keys("")).toEqual(["b", "a"]);
    expect(await keys("status=completed")).toEqual(["b"]);
    expect(await keys("process=order/order-lifecycle&status=started")).toEqual(["a"]);
    expect(await keys("q=a")).toEqual(["a"]);
    expect(await keys(`q=${b!.processId}`)).toEqual(["b"]);
    expect(await keys("q=nothing")).toEqual([]);
  });

  it("come in pages, newest first, each instance once", async () => {
    const { test, get } = await openUi();
    await test.dispatch(Array.from({ length: 120 }, (_, index) => place(`order-${index}`)));
    const seen: string[] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined;) {
      const { items, nextCursor }: WirePage<WireInstance> = await get(`instances?cursor=${cursor}`);
      seen.push(...items.map(({ aggregateId }) => aggregateId));
      expect(items.length).toBeLessThanOrEqual(50);
      cursor = nextCursor;
    }
    expect(seen).toHaveLength(120);
    expect(new Set(seen).size).toBe(120);
  });

  it("are refused with the known words where a filter has an unknown one", async () => {
    const { send } = await openUi();
    const response = await send("api/instances?status=finished");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ hint: "They are started, completed, timed_out, failed, cancelled." });
  });
});

describe("an instance", () => {
  it("has each step with where it stood after it and what it changed, and what is due of it", async () => {
    const { test, get } = await openUi();
    await test.dispatch([place("a"), pay("a", 7), pay("a", "lots")]);
    const [{ processId }] = (await get<WirePage<WireInstance>>("instances")).items as [WireInstance];
    const { instance, journal, commands, timers, letters } = await get<InstanceAnswer>(`instance?id=${processId}`);
    expect(read(instance.context!)).toEqual({ total: 10, paid: 7 });
    expect(journal.map(({ kind, status }) => [kind, status])).toEqual([
      ["started", "started"],
      ["handled", "started"],
      ["handled", "started"],
      ["failed", "failed"],
    ]);
    expect(journal.map(({ context }) => context && read(context))).toEqual([{ total: 0 }, { total: 10 }, { paid: 7 }, undefined]);
    expect(journal.at(-1)!.error!.message).toBe("the amount lots is no number");
    expect(commands).toMatchObject([{ type: "remind", key: "reminder" }]);
    expect(timers.map(({ kind }) => kind)).toEqual(["command"]);
    expect(letters).toMatchObject([{ handler: "on-payment-received", status: "open" }]);
  });

  it("is drawn where it stands, and where it stood", async () => {
    const { send } = await openUi();
    const draw = async (status: string) => (await send(`api/chart?process=order/order-lifecycle&status=${status}`)).text();
    expect(await draw("failed")).toContain("The instance is failed.");
    expect(await draw("started")).toContain("The instance is started.");
  });

  it("is refused by a sentence where there is none, and so is a chart", async () => {
    const { send } = await openUi();
    for (const what of ["instance?id=no", "chart?process=order/order-lifecycles", "letter?id=no"]) {
      const response = await send(`api/${what}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ problem: expect.stringMatching(/\.$|\?$/), hint: expect.any(String) });
    }
  });
});

describe("what waits for an instance", () => {
  it("is listed in order while it is failed or suspended, and gone when it has ended", async () => {
    const { test, get } = await openUi();
    await test.dispatch([place("a"), pay("a", "lots"), pay("a", 1), { type: "OrderFulfilled", aggregateId: "a" }]);
    const [{ processId }] = (await get<WirePage<WireInstance>>("instances")).items as [WireInstance];
    const { waiting } = await get<InstanceAnswer>(`instance?id=${processId}`);
    expect(waiting.map(({ type, attempts }) => [type, attempts])).toEqual([
      ["PaymentReceived", 0],
      ["OrderFulfilled", 0],
    ]);
    const [letter] = await test.system.deadLetters.list();
    await test.system.deadLetters.skip(letter!.id);
    await test.system.whenIdle();
    expect((await get<InstanceAnswer>(`instance?id=${processId}`)).waiting).toEqual([]);
  });
});

describe("the states of a chart", () => {
  it("have how many instances are in each, those inside counted too", async () => {
    const { test, get } = await openUi({}, {}, { definitions: [doors] });
    await test.dispatch(["a", "b", "c"].map((id) => ({ type: "Built", aggregateId: id, payload: {} })));
    await test.dispatch({ type: "Locked", aggregateId: "b", payload: {} });
    expect(await get<StatesAnswer>("states?process=door/use")).toEqual({ closed: 3, "closed.free": 2, "closed.locked": 1 });
    expect(await get<StatesAnswer>("states?process=door/none")).toEqual({});
  });

  it("find instances, written as a path or as the JSON that the journal has", async () => {
    const { test, get, send } = await openUi({}, {}, { definitions: [doors] });
    await test.dispatch(["a", "b"].map((id) => ({ type: "Built", aggregateId: id, payload: {} })));
    await test.dispatch({ type: "Locked", aggregateId: "b", payload: {} });
    const find = async (state: string) => {
      const { items } = await get<WirePage<WireInstance>>(`instances?state=${encodeURIComponent(state)}`);
      return items.map(({ aggregateId }) => aggregateId);
    };
    for (const state of ["closed.locked", '{"closed":"locked"}']) expect(await find(state)).toEqual(["b"]);
    expect(await find('"closed"')).toEqual(["b", "a"]);
    const refused = await send('/api/instances?state={"closed"');
    expect([refused.status, await refused.json()]).toEqual([400, expect.objectContaining({ code: "FILTER_INVALID" })]);
  });
});

describe("the instances that a verb would take", () => {
  it("are those of the filter that are open and can be changed so, and nothing is done to them", async () => {
    const { test, get } = await openUi();
    await test.dispatch([place("a"), place("b"), place("c"), pay("c", "lots"), place("d"), { type: "OrderFulfilled", aggregateId: "d" }]);
    const ids = new Map((await test.system.processes.find()).map(({ aggregateId, processId }) => [processId, aggregateId]));
    const [a] = await test.system.processes.find({ aggregateId: "a" });
    await test.system.processes.suspend(a!.processId);
    const chosen = async (query: string) => {
      const { ids: found, isWhole } = await get<ChosenAnswer>(`chosen?${query}`);
      expect(isWhole).toBe(true);
      return found.map((id) => ids.get(id) ?? "").toSorted((one, other) => one.localeCompare(other));
    };
    expect(await chosen("verb=cancel-instance&process=order/order-lifecycle")).toEqual(["a", "b", "c"]);
    expect(await chosen("verb=cancel-instance&status=failed")).toEqual(["c"]);
    expect(await chosen("verb=cancel-instance&status=completed")).toEqual([]);
    expect(await chosen("verb=suspend-instance&status=started")).toEqual(["b"]);
    expect(await chosen("verb=resume-instance")).toEqual(["a"]);
    expect(await chosen("verb=cancel-instance&q=b")).toEqual(["b"]);
    expect(await test.system.processes.find({ status: "started" })).toHaveLength(2);
  });

  it("are as many as are chosen at once, and it is said that there are more", async () => {
    const { get, test } = await openUi();
    const [instance] = await (async () => {
      await test.dispatch(place("a"));
      return test.system.processes.find();
    })();
    // As if there were more of them than can be made here.
    test.system.processes.find = async () =>
      Object.assign(
        Array.from({ length: 500 }, () => instance!),
        { nextCursor: "more" },
      );
    const { ids, isWhole } = await get<ChosenAnswer>("chosen?verb=cancel-instance");
    expect([ids.length, isWhole]).toEqual([MOST_CHOSEN, false]);
  });

  it("are refused for what is no such verb", async () => {
    const { send } = await openUi();
    expect((await send("api/chosen?verb=erase")).status).toBe(400);
  });
});

describe("dead letters", () => {
  it("come oldest first, with what failed, its whole error, and its payload", async () => {
    const { test, get } = await openUi();
    await test.dispatch([place("a"), place("b"), pay("a", "lots"), pay("b", hostile)]);
    const { items } = await get<WirePage<WireLetter>>("letters");
    expect(items.map(({ aggregateId, what }) => [aggregateId, what])).toEqual([
      ["a", "PaymentReceived"],
      ["b", "PaymentReceived"],
    ]);
    const letter = await get<LetterAnswer>(`letter?id=${items[1]!.id}`);
    expect(letter.error.stack).toContain("TypeError");
    expect(read(letter.payload)).toEqual({ amount: hostile });
  });

  it("are shown from their beginning where their payload is long, with its length", async () => {
    const { test, get } = await openUi();
    await test.dispatch([place("a"), pay("a", "x".repeat(LONGEST_TEXT))]);
    const [{ id }] = (await get<WirePage<WireLetter>>("letters")).items as [WireLetter];
    const { payload } = await get<LetterAnswer>(`letter?id=${id}`);
    expect(payload.text).toHaveLength(LONGEST_TEXT);
    expect(payload.length).toBeGreaterThan(LONGEST_TEXT);
  });
});

describe("timers and schedules", () => {
  it("are listed with their moments", async () => {
    const { test, get } = await openUi();
    await test.dispatch(place("a"));
    expect((await get<WirePage<WireTimer>>("timers")).items.map(({ kind, dueAt }) => [kind, dueAt])).toEqual([
      ["command", "2026-01-03T00:00:00.000Z"],
      ["schedule", "2026-01-05T09:00:00.000Z"],
      ["timeout", "2026-01-08T00:00:00.000Z"],
    ]);
    expect((await get<WirePage<WireTimer>>("timers?kind=timeout")).items).toHaveLength(1);
    expect((await get<WirePage<WireSchedule>>("schedules")).items).toMatchObject([
      { schedule: "report/weekly", cron: "0 9 * * 1", dueAt: "2026-01-05T09:00:00.000Z" },
    ]);
  });
});

describe("the map", () => {
  it("is what the option draws, and is missed by a sentence without it", async () => {
    const withMap = await openUi({ map: async () => "<svg><style>p{}</style></svg>" });
    expect(await (await withMap.send("api/map")).text()).toBe("<svg><metadata>p{}</metadata></svg>");
    const without = await openUi();
    expect((await without.send("api/map")).status).toBe(404);
  });
});
