import { defineProcess, defineSchedule } from "perdure";
import { createTestSystem, type TestSystem, type TestSystemOptions } from "perdure/testing";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { createUiHandler, type UiPorts } from "../../src/ui/handler.ts";
import type { UiOptions } from "../../src/ui/ui-options.ts";

export const page = "<!doctype html><style>p{}</style><p>page</p><script>go()</script>";
export const base = "http://ops.test/tools/perdure/";

/** What everybody tries to put into a page. */
export const hostile = "</script></style><img src=x onerror=alert(1)>";

/** Orders whose payment fails if its amount is no number. */
export const orders = defineProcess({
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  context: z.object({ total: z.number().default(0), paid: z.number().optional() }),
  retry: { maxRetries: 0 },
  on: {
    OrderPlaced: async ({ event, commands }) => {
      await commands["remind"]!({ aggregateId: event.aggregateId, delay: "2d", key: "reminder", payload: {} });
      return { total: (event.payload as { total: number }).total };
    },
    PaymentReceived: ({ event }) => {
      const { amount } = event.payload as { amount: unknown };
      if (typeof amount !== "number")
        throw new TypeError(`the amount ${String(amount)} is no number`, { cause: new Error(`read ${String(amount)}`) });
      return { paid: amount };
    },
  },
});

export interface OpenUi {
  readonly test: TestSystem;
  /** What the handler answers to `GET api/<what>`, as JSON. */
  get<Answer>(what: string): Promise<Answer>;
  /** What it answers to a request; a path is relative to where it is mounted. */
  send(path: string, init?: RequestInit): Promise<Response>;
  /** Has something carried out as the page does. */
  ask(verb: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** A system in a test, with the handler of the page. */
export async function openUi(
  options: Partial<UiOptions> = {},
  ports: Partial<UiPorts> = {},
  system: TestSystemOptions = {},
): Promise<OpenUi> {
  const test = await createTestSystem({
    definitions: [orders],
    schedules: [
      defineSchedule({
        aggregate: "report",
        name: "weekly",
        cron: "0 9 * * 1",
        timeZone: "UTC",
        event: { type: "OrderPlaced", aggregateId: "of-the-week", payload: { total: 1 } },
      }),
    ],
    commands: { remind: () => {} },
    ...system,
  });
  onTestFinished(() => test.stop());
  const handle = createUiHandler(test.system, { authorize: () => true, ...options }, { readPage: () => page, clock: test.clock, ...ports });
  const send = (path: string, init?: RequestInit) => handle(new Request(new URL(path, base), init));
  return {
    test,
    send,
    get: async <Answer>(what: string) => (await (await send(`api/${what}`)).json()) as Answer,
    ask: (verb, body, headers = { "content-type": "application/json", "perdure-ui": "1" }) =>
      send(`api/do/${verb}`, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) }),
  };
}

export const place = (id: string, total = 10) => ({ type: "OrderPlaced", aggregateId: id, payload: { total } });
export const pay = (id: string, amount: unknown) => ({ type: "PaymentReceived", aggregateId: id, payload: { amount } });
