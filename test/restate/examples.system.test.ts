import { fileURLToPath } from "node:url";
import { createProcessSystem, type JournalEntry, type KnownEvent, type ProcessSystem, type Status } from "perdure";
import { connectRestate, serveRestate } from "perdure/restate";
import { afterAll, beforeAll, describe, expect, onTestFinished, test as it } from "vitest";
import { createCommandHandlers as createCheckoutHandlers } from "../../examples/checkout-saga/command-handlers.ts";
import { createServices as createCheckoutServices } from "../../examples/checkout-saga/services/services.ts";
import { createShop } from "../../examples/checkout-saga/shop.ts";
import { createCommandHandlers as createTrialHandlers } from "../../examples/trial-subscription/command-handlers.ts";
import { createServices as createTrialServices } from "../../examples/trial-subscription/services/services.ts";
import { createApp } from "../../examples/user-onboarding/app.ts";
import { createCommandHandlers as createOnboardingHandlers } from "../../examples/user-onboarding/command-handlers.ts";
import { createServices as createOnboardingServices } from "../../examples/user-onboarding/services/services.ts";
import { isLongForm } from "../support/long-form.ts";
import { until } from "../support/patience.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

/*
 * The domain folders of the examples, each as it is, on a file and on Restate. The same story has to lead to the same statuses, and to the same
 * entries of the journal, steps and commands each in the same order.
 */

const SECOND = 1_000;
const DAY = 86_400_000;

/** Where a story is told. */
interface Place {
  readonly system: ProcessSystem;
  /** Dispatches an event that occurred so long ago. */
  dispatch(event: Partial<KnownEvent> & { readonly type: string; readonly aggregateId: string }, agoMs?: number): Promise<void>;
  /** Resolves when the instance has this status, so many of its commands were handled, and nothing is left to do. */
  settle(aggregateId: string, status: Status, commands?: number): Promise<void>;
}

/** A world of its own for each place: what the commands do, and what happens there. */
interface Example {
  readonly name: string;
  readonly process: string;
  open(): { readonly commands: Readonly<Record<string, unknown>> | undefined; tell(place: Place): Promise<unknown> };
}

const orderLifecycle: Example = {
  name: "order-lifecycle",
  process: "order/order-lifecycle",
  open: () => ({
    commands: undefined,
    tell: async ({ dispatch, settle }) => {
      const payload = { customer: "ada@example.com", totalCents: 4_200 };
      await dispatch({ type: "OrderPlaced", aggregateId: "unpaid", payload }, 5 * SECOND);
      await settle("unpaid", "timed_out");
      await dispatch({ type: "OrderPlaced", aggregateId: "paid", payload });
      await dispatch({ type: "PaymentReceived", aggregateId: "paid", payload: { reference: "pay-1", amountCents: 4_200 } });
      await dispatch({ type: "OrderFulfilled", aggregateId: "paid", payload: { trackingNumber: "track-1" } });
      // Two of its commands are delayed.
      await settle("paid", "completed", 3);
    },
  }),
};

const checkout: Example = {
  name: "checkout-saga",
  process: "order/checkout",
  open: () => {
    const services = createCheckoutServices();
    return {
      commands: createCheckoutHandlers(services),
      tell: async ({ system, settle }) => {
        const shop = createShop(services, (event) => system.dispatch(event));
        const order = { lines: [{ sku: "lamp", quantity: 1 }], totalCents: 4_200, card: "good", country: "here" };
        await shop.placeOrder({ ...order, id: "shipped" });
        await settle("shipped", "completed");
        await shop.placeOrder({ ...order, id: "missing", lines: [{ sku: "vase", quantity: 2 }] });
        await settle("missing", "completed");
        await shop.placeOrder({ ...order, id: "declined", card: "empty" });
        await settle("declined", "completed");
        await shop.placeOrder({ ...order, id: "refused", country: "elsewhere" });
        await settle("refused", "completed");
        services.carrier.isDown = true;
        await shop.placeOrder({ ...order, id: "stuck" });
        await settle("stuck", "failed");
        services.carrier.isDown = false;
        for (const { id } of await system.deadLetters.list({ status: "open" })) await system.deadLetters.retry(id);
        await settle("stuck", "completed");
        return services.ledger;
      },
    };
  },
};

const onboarding: Example = {
  name: "user-onboarding",
  process: "user/onboarding",
  open: () => {
    const services = createOnboardingServices();
    return {
      commands: createOnboardingHandlers(services),
      tell: async ({ system, dispatch, settle }) => {
        let agoMs = 0;
        const app = createApp(services.users, (event) => dispatch(event, agoMs));
        await app.signUp("ada", "ada@example.com");
        await settle("ada", "started");
        await app.createProject("ada", "garden");
        await app.confirmEmail("ada");
        await settle("ada", "completed");
        services.mailer.unreachable.add("dan@example.com");
        await app.signUp("dan", "dan@example.com");
        await settle("dan", "failed");
        services.mailer.unreachable.clear();
        for (const { id } of await system.deadLetters.list({ status: "open" })) await system.deadLetters.retry(id);
        await settle("dan", "started");
        await app.closeAccount("dan");
        await settle("dan", "completed");
        // Two weeks and a day ago, so that both reminders and the end are overdue.
        agoMs = 15 * DAY;
        await app.signUp("cleo", "cleo@example.com");
        await settle("cleo", "timed_out");
        return services.mailer.sent;
      },
    };
  },
};

const trial: Example = {
  name: "trial-subscription",
  process: "subscription/trial",
  open: () => {
    const services = createTrialServices();
    services.cards.empty.add("empty");
    return {
      commands: createTrialHandlers(services),
      tell: async ({ dispatch, settle }) => {
        const begin = (aggregateId: string, agoMs = 0) =>
          dispatch({ type: "TrialStarted", aggregateId, payload: { plan: "garden", cents: 900 } }, agoMs);
        const add = async (aggregateId: string, card: string) => dispatch({ type: "CardAdded", aggregateId, payload: { card } });
        await begin("ada");
        await add("ada", "visa");
        await dispatch({ type: "AddressAdded", aggregateId: "ada" });
        await settle("ada", "completed");
        await begin("dan");
        await add("dan", "empty");
        await dispatch({ type: "TrialPaused", aggregateId: "dan" });
        await dispatch({ type: "TrialResumed", aggregateId: "dan" });
        await dispatch({ type: "AddressAdded", aggregateId: "dan" });
        await settle("dan", "started");
        await add("dan", "amex");
        await settle("dan", "completed");
        await begin("ben", 61 * DAY);
        await settle("ben", "timed_out");
        return { mails: services.mailer.sent, charges: services.cards.charges };
      },
    };
  },
};

const optionsOf = ({ name }: Example, commands: object | undefined) => ({
  domain: fileURLToPath(new URL(`../../examples/${name}/domain`, import.meta.url)),
  ...(commands !== undefined && { commands: commands as {} }),
  processes: { retry: { maxRetries: 2, initialDelay: "50ms" } },
  logger: silentLogger,
});

function createPlace(system: ProcessSystem, process: string): Place {
  return {
    system,
    dispatch: async (event, agoMs = 0) => {
      await system.dispatch({ ...event, occurredAt: new Date(Date.now() - agoMs) } as KnownEvent);
    },
    settle: async (aggregateId, status, commands = 0) => {
      const look = async () => {
        const [instance] = await system.processes.find({ process, aggregateId });
        const history = instance === undefined ? [] : await system.processes.history(instance.processId);
        return { instance, handled: history.filter(({ kind }) => kind === "command_handled").length };
      };
      await until(look, ({ instance, handled }) => instance?.status === status && handled >= commands, 30_000);
      await system.whenIdle();
    },
  };
}

/** What came of a story: what the world has seen, and each instance with all that happened to it. */
async function look({ system }: Place, seen: unknown) {
  const instances = await system.processes.find({ limit: 100 });
  const told = instances.map(async ({ processId, process, aggregateId, status, outcome, context, state }) => ({
    what: { process, aggregateId, status, outcome, context, state },
    ...divide(await system.processes.history(processId)),
  }));
  return { seen, instances: (await Promise.all(told)).toSorted((one, other) => compare(one.what.aggregateId, other.what.aggregateId)) };
}

// Commands run beside their instance, so that only the order of the ones and the order of the others say something.
function divide(history: readonly JournalEntry[]) {
  const describeEntry = ({ kind, event, command, timer }: JournalEntry) =>
    [kind, event?.type, command?.type, timer].filter((part) => part !== undefined).join(" ");
  return {
    steps: history.filter(({ command }) => command === undefined).map(describeEntry),
    commands: history.filter(({ command }) => command !== undefined).map(describeEntry),
  };
}

const compare = (one: string, other: string) => (one < other ? -1 : 1);

async function tellOnFile(example: Example) {
  const { commands, tell } = example.open();
  const system = await createProcessSystem({ ...optionsOf(example, commands), store: { path: createDatabasePath() } });
  onTestFinished(() => system.stop());
  await system.start();
  const place = createPlace(system, example.process);
  return look(place, await tell(place));
}

async function tellOnRestate(example: Example, server: RestateServer) {
  const { commands, tell } = example.open();
  const options = { ...optionsOf(example, commands), name: example.name };
  const served = await serveRestate({ ...options, port: 0, address: "127.0.0.1" });
  onTestFinished(() => served.stop({ timeout: 0 }));
  await server.register(`http://127.0.0.1:${served.port}`);
  const system = await connectRestate({ ...options, ingress: server.ingress, admin: server.admin });
  onTestFinished(() => system.stop());
  await system.start();
  const place = createPlace(system, example.process);
  return look(place, await tell(place));
}

describe.skipIf(!isRestateHere() || !isLongForm)("the domain folder of an example", () => {
  let server: RestateServer;
  beforeAll(async () => {
    server = await startRestateServer();
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  it.each([orderLifecycle, checkout, onboarding, trial])(
    "tells the same story on Restate as on a file: $name",
    async (example) => {
      const onFile = await tellOnFile(example);
      expect(onFile.instances.length).toBeGreaterThan(1);
      expect(await tellOnRestate(example, server)).toEqual(onFile);
    },
    90_000,
  );
});
