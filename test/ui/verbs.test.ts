import { ProcessError } from "perdure";
import { describe, expect, test as it } from "vitest";
import type { WireLetter, WirePage } from "../../src/ui/wire.ts";
import { openUi, type OpenUi, pay, place } from "./open-ui.ts";

async function openLetter(options: Parameters<typeof openUi>[0] = { by: "ada" }): Promise<OpenUi & { readonly id: string }> {
  const ui = await openUi(options);
  await ui.test.dispatch([place("a"), pay("a", "lots")]);
  const [letter] = (await ui.get<WirePage<WireLetter>>("letters")).items;
  return { ...ui, id: letter!.id };
}

describe("a verb", () => {
  it("retries a letter with an edited payload, in the name of who asks", async () => {
    const { test, ask, id } = await openLetter();
    expect(await (await ask("retry-letter", { id, payload: '{"amount":5}' })).json()).toEqual({ outcome: "done" });
    await test.system.whenIdle();
    const [instance] = await test.system.processes.find();
    expect(instance).toMatchObject({ status: "started", context: { total: 10, paid: 5 } });
    const journal = await test.system.processes.history(instance!.processId);
    expect(journal.find(({ kind }) => kind === "resumed")).toMatchObject({ by: "ada", edited: true });
  });

  it("skips a letter, and discards one, with the reason", async () => {
    const skipped = await openLetter();
    await skipped.ask("skip-letter", { id: skipped.id, reason: "paid twice" });
    expect(await skipped.test.system.deadLetters.get(skipped.id)).toMatchObject({
      status: "skipped",
      settledBy: "ada",
      reason: "paid twice",
    });
    const discarded = await openLetter();
    await discarded.ask("discard-letter", { id: discarded.id, reason: "a joke" });
    expect(await discarded.test.system.deadLetters.get(discarded.id)).toMatchObject({ status: "discarded", reason: "a joke" });
  });

  it("moves a command that is not due, and calls it off", async () => {
    const { test, ask } = await openUi({ by: "ada" });
    await test.dispatch(place("a"));
    const { commandId } = (await test.system.scheduled.list())[0]!;
    await ask("reschedule-command", { id: commandId, dueAt: "2026-02-01T00:00:00Z" });
    expect((await test.system.scheduled.list())[0]!.dueAt).toEqual(new Date("2026-02-01T00:00:00Z"));
    await ask("reschedule-command", { id: commandId, dueAt: "3d" });
    expect((await test.system.scheduled.list())[0]!.dueAt).toEqual(new Date("2026-01-04T00:00:00Z"));
    await ask("cancel-command", { id: commandId });
    expect(await test.system.scheduled.list()).toEqual([]);
  });

  it("suspends an instance, resumes it, moves its timeout and cancels it, each in the journal with who and why", async () => {
    const { test, ask } = await openUi({ by: "ada" });
    await test.dispatch(place("a"));
    const { processId: id } = (await test.system.processes.find())[0]!;
    for (const [verb, more] of [
      ["suspend-instance", {}],
      ["resume-instance", {}],
      ["reschedule-instance", { dueAt: "30d" }],
      ["cancel-instance", {}],
    ] as const) {
      expect((await ask(verb, { id, reason: `the reason to ${verb}`, ...more })).status).toBe(200);
      const last = (await test.system.processes.history(id)).at(-1)!;
      expect(last).toMatchObject({ by: "ada", reason: `the reason to ${verb}` });
      if (verb === "reschedule-instance") expect(last.dueAt).toEqual(new Date("2026-01-31T00:00:00Z"));
    }
    expect(await test.system.processes.get(id)).toMatchObject({ status: "cancelled" });
  });

  it("runs a schedule beside its moments", async () => {
    const { test, ask } = await openUi();
    await ask("run-schedule", { id: "report/weekly" });
    await test.system.whenIdle();
    expect(await test.system.processes.find()).toMatchObject([{ aggregateId: "of-the-week" }]);
  });

  it("is refused by a sentence when another operator was faster, and changes nothing", async () => {
    const { ask, id } = await openLetter();
    await ask("skip-letter", { id });
    const second = await ask("discard-letter", { id });
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({ code: "DEAD_LETTER_SETTLED", problem: expect.stringContaining("skipped") });
  });

  it("is refused by a sentence where it is unknown, or what it needs is missing or wrong", async () => {
    const { test, ask, id } = await openLetter();
    const refusals: readonly (readonly [number, string, unknown])[] = [
      [404, "erase-everything", { id }],
      [404, "toString", { id }],
      [400, "retry-letter", "not JSON"],
      [400, "retry-letter", {}],
      [400, "retry-letter", { id, payload: 3 }],
      [400, "retry-letter", { id, more: "x" }],
      [400, "retry-letter", { id, payload: "{" }],
      [400, "retry-letter", { id, payload: '{"amount":12345678901234567890}' }],
      [400, "reschedule-command", { id }],
      [404, "retry-letter", { id: "no" }],
    ];
    for (const [status, verb, body] of refusals) {
      const response = await ask(verb, body);
      expect([verb, response.status]).toEqual([verb, status]);
      expect(await response.json()).toMatchObject({ code: expect.any(String), problem: expect.any(String) });
    }
    expect(await test.system.deadLetters.get(id)).toMatchObject({ status: "open" });
  });
});

describe("a verb for many", () => {
  const own = { "content-type": "application/json", "perdure-ui": "1" };
  const askAll = ({ send }: OpenUi, verb: string, body: unknown) =>
    send(`api/do-all/${verb}`, { method: "POST", headers: own, body: JSON.stringify(body) });

  it("is carried out for each, and says of each what became of it", async () => {
    const ui = await openUi({ by: "ada" });
    await ui.test.dispatch(["a", "b", "c"].flatMap((id) => [place(id), pay(id, "lots")]));
    const ids = (await ui.get<WirePage<WireLetter>>("letters")).items.map(({ id }) => id);
    await ui.test.system.deadLetters.skip(ids[1]!);
    const asked = await askAll(ui, "discard-letter", { ids: [...ids, "no"], reason: "given up" });
    expect(await asked.json()).toEqual({ outcomes: ["done", "refused", "done", "refused"] });
    expect(await ui.test.system.deadLetters.get(ids[2]!)).toMatchObject({ status: "discarded", settledBy: "ada", reason: "given up" });
  });

  it("says why, and which it could not be done to, where it fails", async () => {
    const ui = await openUi();
    ui.test.system.processes.suspend = async (id) => {
      if (id === "b") throw new ProcessError("STORE_UNAVAILABLE", "the disk is full");
      return {} as never;
    };
    expect(await (await askAll(ui, "suspend-instance", { ids: ["a", "b"] })).json()).toMatchObject({
      outcomes: ["done", "failed"],
      failure: { code: "STORE_UNAVAILABLE", problem: "the disk is full" },
    });
  });

  it("is refused for what is not done to many, and for a body that cannot be understood", async () => {
    const ui = await openUi();
    expect((await askAll(ui, "run-schedule", { ids: ["report/weekly"] })).status).toBe(404);
    for (const body of [{}, { ids: [] }, { ids: [1] }, { ids: "a" }, { ids: ["a"], payload: "{}" }, { ids: Array(101).fill("a") }]) {
      expect((await askAll(ui, "cancel-instance", body)).status).toBe(400);
    }
  });
});

describe("without a worker", () => {
  it("a request is left for the next one, and it is said at once", async () => {
    const { test, ask } = await openUi({}, { hasWorker: () => false }, {});
    const left = new Promise<never>(() => {});
    test.system.deadLetters.retry = () => left;
    const asked = ask("retry-letter", { id: "any" });
    await test.advance("1s");
    expect(await (await asked).json()).toEqual({ outcome: "left" });
  });
});
