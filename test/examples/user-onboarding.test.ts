import { fileURLToPath } from "node:url";
import { createTestSystem, testProcess } from "perdure/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { createApp } from "../../examples/user-onboarding/app.ts";
import { createCommandHandlers } from "../../examples/user-onboarding/command-handlers.ts";
import { createServices } from "../../examples/user-onboarding/services/services.ts";

const domain = fileURLToPath(new URL("../../examples/user-onboarding/domain", import.meta.url));

// One process alone, in sentences. Its commands are stored and not executed, so this is about what it coordinates.
describe("the onboarding as a process", () => {
  const onboarding = testProcess(`${domain}/user/processes/onboarding`);

  const signedUp = { type: "UserSignedUp", payload: { email: "ada@example.com" } };
  const confirmed = { type: "EmailConfirmed" };
  const projectCreated = { type: "FirstProjectCreated", payload: { name: "garden" } };

  test("plans both reminders and its own end when the user signs up", async () => {
    await onboarding.when(signedUp).then({
      status: "started",
      commands: [
        "sendWelcome",
        { type: "remindToConfirm", payload: { reminder: 1 }, delay: "1d" },
        { type: "remindToConfirm", payload: { reminder: 2 }, delay: "3d" },
      ],
      timers: [
        { kind: "command", command: "remindToConfirm", in: "1d" },
        { kind: "command", command: "remindToConfirm", in: "3d" },
        { kind: "timeout", in: "14d" },
      ],
    });
  });

  test("plans help two days after the address was confirmed, even if that is told a day late", async () => {
    const dayBefore = { ...confirmed, occurredAt: "2026-01-01T06:00:00Z" };
    await onboarding
      .given(signedUp, "30h")
      .when(dayBefore)
      .then({
        commands: [{ type: "helpWithFirstProject", delay: "2d" }],
        timers: [
          { kind: "command", command: "helpWithFirstProject", in: "1d" },
          { kind: "command", command: "remindToConfirm", at: new Date("2026-01-04") },
          { kind: "timeout", at: new Date("2026-01-15") },
        ],
      });
  });

  test("completes when both steps are done, in whatever order they come", async () => {
    await onboarding
      .given(signedUp)
      .when(projectCreated)
      .then({ status: "started", commands: [], context: { hasConfirmed: false, hasProject: true } });
    await onboarding
      .given(signedUp, projectCreated)
      .when(confirmed)
      .then({ status: "completed", commands: ["congratulate"], outcome: null });
    await onboarding
      .given(signedUp, confirmed)
      .when(projectCreated)
      .then({ status: "completed", commands: ["congratulate"], outcome: null });
  });

  test("completes when the account is closed", async () => {
    await onboarding.given(signedUp).when({ type: "AccountClosed" }).then({ status: "completed", commands: [], outcome: "closed" });
  });

  test("times out after fourteen days and not before, and asks why", async () => {
    await onboarding.given(signedUp, "13d").when("23h").then({ status: "started", commands: [] });
    await onboarding
      .given(signedUp, "13d", "23h")
      .when("1h")
      .then({ status: "timed_out", commands: ["askForFeedback"] });
  });

  test("does not begin with anything but a sign-up, and ends only once", async () => {
    await onboarding.when(confirmed).then({ status: "none", commands: [] });
    await onboarding.given(signedUp, confirmed, projectCreated).when("30d").then({ status: "completed", commands: [] });
    await onboarding.given(signedUp, "14d").when(confirmed).then({ status: "timed_out", commands: [] });
  });
});

// All of it, from the web application to the mails: the real command handlers with services of the test's own.
describe("an application with onboarding", () => {
  test("reminds of the address after one day and after three, and bids farewell after fourteen", async () => {
    const { world, app, mails } = await open();

    await app.signUp("ada", "ada@example.com");
    expect(mails()).toEqual(["Welcome"]);

    await world.advance("23h");
    expect(mails()).toHaveLength(1);
    await world.advance("1h");
    expect(mails()).toEqual(["Welcome", "Please confirm your address (1)"]);

    await world.advanceTo("2026-01-04T00:00:00Z");
    expect(mails()).toEqual(["Welcome", "Please confirm your address (1)", "Please confirm your address (2)"]);

    await world.advance("30d");
    expect(mails().slice(3)).toEqual(["What was missing?"]);
    expect(world.instance("ada")).toMatchObject({ status: "timed_out", endedAt: new Date("2026-01-15T00:00:00Z") });
  });

  test("sends no reminder that has become pointless, although its command is executed", async () => {
    const { world, app, mails } = await open();

    await app.signUp("ada", "ada@example.com");
    await world.advance("2d");
    await app.confirmEmail("ada");
    await world.advance("2d");

    expect(mails()).toEqual(["Welcome", "Please confirm your address (1)", "Shall we help with your first project?"]);
    expect(world.commands({ type: "remindToConfirm" })).toHaveLength(2);
  });

  test.each(["address first", "project first"])("is finished when both steps are done, %s, and sends nothing more", async (order) => {
    const { world, app, mails } = await open();
    await app.signUp("ada", "ada@example.com");

    if (order === "address first") await app.confirmEmail("ada");
    await app.createProject("ada", "garden");
    if (order === "project first") await app.confirmEmail("ada");

    expect(world.instance("ada")?.status).toBe("completed");
    await world.advance("30d");
    expect(mails()).toEqual(["Welcome", "You are all set"]);
  });

  test("sends no help after the farewell, although help outlives the process", async () => {
    const { world, app, mails } = await open();

    await app.signUp("ada", "ada@example.com");
    await world.advance("13d");
    await app.confirmEmail("ada");
    await world.advance("1d");
    expect(world.timers().map(({ command }) => command)).toEqual(["helpWithFirstProject"]);

    await world.advance("30d");
    expect(mails().slice(-1)).toEqual(["What was missing?"]);
  });

  test("goes by what the user has done, even where the event of it is lost", async () => {
    const { world, app, services, mails } = await open();
    await app.signUp("ada", "ada@example.com");
    await app.confirmEmail("ada");
    services.users.change("ada", { projects: 1 });
    await world.advance("13d");
    expect(mails()).toEqual(["Welcome"]);
  });

  test("sends nothing to somebody who has gone", async () => {
    const { world, app, mails } = await open();
    await app.signUp("ada", "ada@example.com");
    await app.closeAccount("ada");
    await world.advance("30d");
    expect(mails()).toEqual(["Welcome"]);
  });

  test("takes an event that comes twice for one, and the second project for no first one", async () => {
    const { world, app } = await open();
    await app.signUp("ada", "ada@example.com");
    await app.createProject("ada", "garden");
    await app.createProject("ada", "kitchen");
    const handled = await world.system.processes.history(world.instance("ada")!.processId);
    expect(handled.filter(({ event }) => event?.type === "FirstProjectCreated")).toHaveLength(1);
  });

  test("retries a mail that cannot be sent, and nobody is told when it goes through", async () => {
    const { world, app, mails, services } = await open();
    world.fail("sendWelcome", 3);

    await app.signUp("ada", "ada@example.com");
    await world.advance("2s");
    expect(mails()).toEqual([]);
    await world.advance("5s");
    expect(mails()).toEqual(["Welcome"]);
    expect(services.desk.notes).toEqual([]);
  });

  test("tells support when a reminder fails for good; the user's events wait; a retry looks again at what is still of use", async () => {
    const { world, app, mails, services } = await open();
    world.fail("remindToConfirm", 4, new Error("mailbox full"));

    await app.signUp("ada", "ada@example.com");
    await world.advance("25h");
    expect(world.instance("ada")?.status).toBe("failed");
    const [letter] = world.deadLetters();
    expect(letter).toMatchObject({ handler: "remindToConfirm", attempts: 4 });
    expect(services.desk.notes).toEqual([`ada: mailbox full (dead letter ${letter?.id})`]);

    await app.confirmEmail("ada");
    await app.createProject("ada", "garden");
    expect((await world.system.lag()).parked).toBe(2);
    expect(mails()).toEqual(["Welcome"]);

    await world.retryDeadLetters();
    expect(mails()).toEqual(["Welcome", "You are all set"]);
    expect(world.instance("ada")?.status).toBe("completed");
  });

  test("asks for feedback again later when that fails, without changing the end", async () => {
    const { world, app, mails, services } = await open();
    world.fail("on-onboarding-timed-out", 4);

    await app.signUp("ada", "ada@example.com");
    await world.advance("15d");
    expect(world.instance("ada")?.status).toBe("timed_out");
    expect(world.deadLetters()).toMatchObject([{ handler: "on-onboarding-timed-out", attempts: 4 }]);
    expect(services.desk.notes).toEqual([]);

    await world.retryDeadLetters();
    expect(mails()).toContain("What was missing?");
  });

  test("keeps its appointments over a restart", async () => {
    const { world, app, mails } = await open();

    await app.signUp("ada", "ada@example.com");
    await world.advance("12h");
    const before = world.timers();
    await world.restart();
    expect(world.timers()).toEqual(before);

    await world.advance("12h");
    expect(mails()).toEqual(["Welcome", "Please confirm your address (1)"]);
  });

  test.each(["before-step", "after-step", "before-command", "after-command"] as const)(
    "sends each mail once when it crashes %s",
    async (point) => {
      const { world, app, mails } = await open();

      world.crashAt(point);
      await app.signUp("ada", "ada@example.com");
      world.crashAt(point);
      await world.advance("1d");
      expect(mails()).toEqual(["Welcome", "Please confirm your address (1)"]);
    },
  );

  test("is saved by the idempotency key where a crash comes between a mail and its commit", async () => {
    const { world, app, mails, services } = await open();

    world.crashAt("before-command");
    await app.signUp("ada", "ada@example.com");
    expect(world.crashes).toBe(1);
    expect(mails()).toEqual(["Welcome"]);
    expect(services.mailer.doubles).toBe(1);
  });
});

async function open() {
  const services = createServices();
  const world = await createTestSystem({ domain, commands: createCommandHandlers(services) });
  onTestFinished(() => world.stop());
  const mails = () => services.mailer.sent.map(({ subject }) => subject);
  return { world, services, app: createApp(services.users, world.dispatch), mails };
}
