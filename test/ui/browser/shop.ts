import { createProcessSystem, defineProcess, defineSchedule, type ProcessSystem } from "perdure";
import { createMachine } from "xstate";
import { z } from "zod";
import { readBuiltPage } from "../../../src/ui/page-file.ts";
import { type ServedUi, serveUi, type ServeUiOptions } from "../../../src/ui/serve-ui.ts";
import { silentLogger } from "../../support/silent-logger.ts";
import { pay, place } from "../open-ui.ts";

/** What is asked of a provider that may be down. */
export interface Provider {
  isDown: boolean;
}

/** Orders whose payment fails as long as the provider is down, and subscriptions with a chart of their own. */
function defineShop(provider: Provider) {
  const orders = defineProcess({
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "7d",
    context: z.object({ total: z.number().default(0), note: z.string().optional(), paid: z.unknown().optional() }),
    retry: { maxRetries: 0 },
    on: {
      OrderPlaced: async ({ event, commands }) => {
        await commands["remind"]!({ aggregateId: event.aggregateId, delay: "2d", key: "reminder", payload: {} });
        const { total, note } = event.payload as { total: number; note?: string };
        return { total, ...(note !== undefined && { note }) };
      },
      PaymentReceived: ({ event }) => {
        const { amount } = event.payload as { amount: unknown };
        if (provider.isDown)
          throw new TypeError(`the provider answers 503 to ${event.aggregateId}`, { cause: new Error("connect ECONNREFUSED") });
        return { paid: amount };
      },
    },
  });
  const subscriptions = defineProcess({
    aggregate: "subscription",
    name: "trial",
    startedBy: ["TrialBegun"],
    machine: createMachine({
      initial: "trial",
      states: {
        trial: { on: { CardGiven: "paying" }, after: { 1_209_600_000: "lapsed" } },
        paying: {
          initial: "current",
          on: { Cancelled: "lapsed" },
          states: { current: { on: { PaymentMissed: "late" } }, late: { on: { PaymentReceived: "current" } } },
        },
        lapsed: { type: "final" },
      },
    }),
  });
  const schedules = [
    defineSchedule({
      aggregate: "report",
      name: "weekly",
      cron: "0 9 * * 1",
      timeZone: "UTC",
      event: { type: "OrderPlaced", aggregateId: "of-the-week", payload: { total: 1 } },
    }),
  ];
  return { definitions: [orders, subscriptions], schedules, commands: { remind: () => {} } };
}

export interface Shop {
  readonly system: ProcessSystem;
  readonly provider: Provider;
  readonly url: string;
  /** Of requests that could not be answered. */
  readonly errors: readonly unknown[];
  /** The address that is called without the page's token. */
  readonly origin: string;
  close(): Promise<void>;
}

/** A system in this OS process, with the page served beside it; whoever opens it closes it. */
export async function openShop(ui: ServeUiOptions["ui"] = { by: "ada" }, ports: Partial<ServeUiOptions["ports"]> = {}): Promise<Shop> {
  const provider = { isDown: false };
  const system = await createProcessSystem({ ...defineShop(provider), store: { path: ":memory:" }, logger: silentLogger });
  await system.start();
  const errors: unknown[] = [];
  const served: ServedUi = await serveUi(system, {
    port: 0,
    host: "127.0.0.1",
    ui,
    ports: { readPage: readBuiltPage, ...ports },
    onError: (error) => errors.push(error),
  });
  return {
    system,
    provider,
    errors,
    url: served.url,
    origin: new URL(served.url).origin,
    close: async () => {
      await served.close();
      await system.stop();
    },
  };
}

/** Everything that a page can show. */
export async function fill({ system, provider }: Shop): Promise<void> {
  await system.dispatch(Array.from({ length: 12 }, (_, index) => place(`order-${index + 1}`, 10 + index)));
  await system.dispatch([pay("order-1", 10), { type: "OrderFulfilled", aggregateId: "order-1" }]);
  for (const [id, ...types] of [
    ["ada", "TrialBegun"],
    ["grace", "TrialBegun", "CardGiven"],
    ["barbara", "TrialBegun", "CardGiven", "PaymentMissed"],
    ["edsger", "TrialBegun", "CardGiven", "Cancelled"],
  ] as const)
    for (const type of types) await system.dispatch({ type, aggregateId: id, payload: {} });
  await system.whenIdle();
  provider.isDown = true;
  await system.dispatch([pay("order-2", 11), pay("order-3", 12), pay("order-2", 1)]);
  await system.whenIdle();
  provider.isDown = false;
  await system.processes.suspend(await findId(system, "order-4"), { by: "grace", reason: "a dispute" });
}

/** The processId of an instance. @throws if there is none */
export async function findId(system: ProcessSystem, aggregateId: string): Promise<string> {
  return (await system.processes.find({ aggregateId }))[0]!.processId;
}
