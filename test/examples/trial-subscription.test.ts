import { fileURLToPath } from "node:url";
import { createTestSystem, testProcess } from "perdure/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { createCommandHandlers } from "../../examples/trial-subscription/command-handlers.ts";
import { createServices } from "../../examples/trial-subscription/services/services.ts";

const domain = fileURLToPath(new URL("../../examples/trial-subscription/domain", import.meta.url));

const started = { type: "TrialStarted", payload: { plan: "garden", cents: 900 } };
const card = { type: "CardAdded", payload: { card: "visa" } };
const address = { type: "AddressAdded" };
const paused = { type: "TrialPaused" };
const resumed = { type: "TrialResumed" };

// The chart alone: its commands are stored and not executed, and its invocations have no result.
describe("the trial as a process", () => {
  const trial = testProcess(`${domain}/subscription/processes/trial`);
  const endsIn = (duration: string) => ({ kind: "timeout" as const, in: duration });

  test("welcomes, and waits for a card and an address, each with a reminder of its own", async () => {
    await trial.when(started).then({
      status: "started",
      commands: [{ type: "sendMail", payload: { subject: "Your trial of garden has begun" } }],
      context: { plan: "garden", cents: 900, card: "", reminders: 0, declined: 0 },
      timers: [{ kind: "after", in: "2d" }, { kind: "after", in: "3d" }, endsIn("60d")],
    });
  });

  test("reminds of the address once and of the card twice, in the order of their moments", async () => {
    const reminderOf = (missing: string) => [{ type: "sendMail", payload: { subject: `garden needs your ${missing}` } }];
    await trial
      .given(started, "47h")
      .when("1h")
      .then({ commands: reminderOf("address"), context: { reminders: 0 } });
    await trial
      .given(started, "2d")
      .when("1d")
      .then({ commands: reminderOf("card"), context: { reminders: 1 } });
    await trial
      .given(started, "3d")
      .when("3d")
      .then({ commands: reminderOf("card"), context: { reminders: 2 } });
    await trial
      .given(started, "6d")
      .when("53d")
      .then({ status: "started", commands: [], timers: [endsIn("1d")] });
  });

  test("reminds nobody during a pause, and afterwards only of what is missing, from the day of the return", async () => {
    await trial
      .given(started, card)
      .when(paused)
      .then({ status: "started", timers: [endsIn("60d")] });
    await trial.given(started, card, paused).when("20d").then({ commands: [] });
    await trial
      .given(started, card, paused, "20d")
      .when(resumed)
      .then({ commands: [], timers: [{ kind: "after", in: "2d" }, endsIn("40d")] });
    await trial
      .given(started, card, paused, "20d", resumed)
      .when("2d")
      .then({ commands: ["sendMail"] });
  });

  test("is over after sixty days wherever it stands, and says so", async () => {
    const over = {
      status: "timed_out" as const,
      commands: [{ type: "sendMail", payload: { subject: "Your trial of garden is over" } }],
      timers: [],
    };
    await trial.given(started, "59d").when("1d").then(over);
    await trial.given(started, card, paused, "59d").when("1d").then(over);
  });

  test("begins with nothing but a start", async () => {
    await trial.when(card).then({ status: "none", commands: [] });
  });
});

describe("a trial that is charged", () => {
  test.each([
    ["the card first", [card, address]],
    ["the address first", [address, card]],
  ] as const)("is charged as soon as both are there, %s", async (_, events) => {
    const { world } = await open();
    await world.dispatch(of("ada", started, events[0]));
    expect(world.commands({ type: "chargeCard" })).toEqual([]);
    await world.dispatch(of("ada", events[1]));
    expect(world.commands({ type: "chargeCard" })).toMatchObject([{ payload: { card: "visa", cents: 900 } }]);
  });

  test("is a subscription when the card is good, with a receipt", async () => {
    const { world, mails, services } = await open();
    await world.dispatch(of("ada", started, card, address));
    expect(world.instance("ada")).toMatchObject({ status: "completed", outcome: "subscribed", state: "subscribed" });
    expect(services.cards.charges).toEqual(["ada visa 900"]);
    expect(mails()).toEqual(["Your trial of garden has begun", "Welcome to garden, receipt r-1"]);
    await world.advance("90d");
    expect(mails()).toHaveLength(2);
  });

  test("asks for another card when the first is declined, and goes on with that", async () => {
    const { world, mails, services } = await open();
    services.cards.empty.add("visa");
    await world.dispatch(of("ada", started, card, address));
    expect(world.instance("ada")).toMatchObject({ state: "declined", context: { declined: 1 } });
    expect(world.timers().map(({ kind, name }) => [kind, name])).toEqual([
      ["after", "declined after 3d"],
      ["timeout", undefined],
    ]);
    expect(world.commands({ type: "chargeCard" })).toHaveLength(1);

    await world.dispatch({ type: "CardAdded", aggregateId: "ada", payload: { card: "amex" } });
    expect(services.cards.charges).toEqual(["ada amex 900"]);
    expect(mails().slice(1)).toEqual(["Your card visa was declined", "Welcome to garden, receipt r-1"]);
  });

  test("tries the same card again after three days, and expires at the third no", async () => {
    const { world, mails, services } = await open();
    services.cards.empty.add("visa");
    await world.dispatch(of("ada", started, card, address));
    await world.advance("3d");
    expect(world.instance("ada")).toMatchObject({ state: "declined", context: { declined: 2 } });
    await world.advance("3d");
    expect(world.instance("ada")).toMatchObject({ status: "completed", outcome: "expired" });
    expect(mails().slice(1)).toEqual([
      "Your card visa was declined",
      "Your card visa was declined",
      "Goodbye: the card visa was declined too often",
    ]);
    expect(world.deadLetters()).toEqual([]);
  });

  test("is retried where the provider does not answer, and the retry is one of the command, not of the chart", async () => {
    const { world, services } = await open();
    world.fail("chargeCard", 2, new Error("no answer"));
    await world.dispatch(of("ada", started, card, address));
    expect(world.instance("ada")).toMatchObject({ state: "charging" });
    await world.advance("10s");
    expect(world.instance("ada")).toMatchObject({ outcome: "subscribed", context: { declined: 0 } });
    expect(services.cards.charges).toHaveLength(1);
  });

  test("waits six hours where it never answers, and asks nobody for another card", async () => {
    const { world, mails, services } = await open();
    services.cards.isDown = true;
    await world.dispatch(of("ada", started, card, address));
    await world.advance("1h");
    expect(world.instance("ada")).toMatchObject({ status: "started", state: "unanswered", context: { declined: 0 } });
    services.cards.isDown = false;
    await world.advance("6h");
    expect(mails().slice(1)).toEqual(["Welcome to garden, receipt r-1"]);
  });

  test("is charged once for each invocation, wherever the program crashes", async () => {
    for (const point of ["before-step", "after-step", "before-command", "after-command"] as const) {
      const { world, mails, services } = await open();
      world.crashAt(point, { of: point.endsWith("command") ? "chargeCard" : "send-receipt" });
      await world.dispatch(of("ada", started, card, address));
      await world.advance("1d");
      expect({ point, crashes: world.crashes, charges: services.cards.charges }).toEqual({ point, crashes: 1, charges: ["ada visa 900"] });
      expect(mails()).toEqual(["Your trial of garden has begun", "Welcome to garden, receipt r-1"]);
    }
  });

  test("stands still when a reminder fails for good, tells support, and goes on after a retry", async () => {
    const { world, mails } = await open();
    world.fail("send-reminder", 4, new Error("no template"));
    await world.dispatch(of("ada", started));
    await world.advance("50h");
    expect(world.instance("ada")).toMatchObject({ status: "failed", state: { collecting: { card: "missing", address: "missing" } } });
    expect(mails()).toEqual(["Your trial of garden has begun", "ada: no template"]);
    await world.retryDeadLetters();
    await world.advance("1d");
    expect(world.instance("ada")?.status).toBe("started");
    expect(mails().slice(2)).toEqual(["garden needs your address", "garden needs your card"]);
  });

  test("keeps its reminders and what it remembers over a restart", async () => {
    const { world } = await open();
    await world.dispatch(of("ada", started, address, paused));
    await world.restart();
    expect(world.instance("ada")?.state).toBe("paused");
    await world.dispatch(of("ada", resumed));
    expect(world.instance("ada")?.state).toEqual({ collecting: { card: "missing", address: "given" } });
    const before = world.timers();
    await world.restart();
    expect(world.timers()).toEqual(before);
    expect(before.map(({ name }) => name)).toEqual(["collecting.card.missing after 3d", undefined]);
  });

  test("is found by where it stands", async () => {
    const { world } = await open();
    await world.dispatch([...of("ada", started, card), ...of("ben", started, paused)]);
    const find = async (state: string) =>
      (await world.system.processes.find({ process: "subscription/trial", state })).map(({ aggregateId }) => aggregateId);
    expect([await find("collecting"), await find("paused"), await find("charging")]).toEqual([["ada"], ["ben"], []]);
  });
});

const of = (aggregateId: string, ...events: readonly { readonly type: string; readonly payload?: object }[]) =>
  events.map((event) => ({ ...event, aggregateId }));

async function open() {
  const services = createServices();
  const world = await createTestSystem({ domain, commands: createCommandHandlers(services) });
  onTestFinished(() => world.stop());
  return { world, services, mails: () => services.mailer.sent.map(({ subject }) => subject) };
}
