import { createProcessSystem, definePolicy, defineProcess, defineSchedule, drawDomain } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createMachine } from "xstate";
import { createTemporaryFolder } from "../../support/temporary-folder.ts";
import { readMap, shop, tell } from "./read-map.ts";

const anything = () => {};

describe("the map of a domain", () => {
  it("says who reacts to what, and what was found in the code of handlers", async () => {
    const map = await readMap({ domain: shop });
    expect(map.nodes.map(({ kind, name, note }) => [kind, name, note].filter(Boolean).join(" "))).toEqual([
      "schedule customer/weekly-reviews 0 9 * * 1 in Europe/Madrid",
      "event CustomerRegistered",
      "event OrderFulfilled",
      "event OrderPacked",
      "event OrderPlaced",
      "event PaymentReceived",
      "event ReviewWritten",
      "event ReviewsDue",
      "process customer/loyalty times out after 365d",
      "process order/order-lifecycle times out after 7d",
      "policy customer/ask-for-a-review after 14d",
      "policy customer/report-on-reviews-due",
      "policy order/tell-customer-on-order-packed",
      "command cancelOrder",
      "command chargeCard",
      "command packOrder",
      "command sendMail",
    ]);
    expect(map.nodes.flatMap(({ description }) => description ?? [])).toEqual(["Tells the customer that the parcel is on its way."]);
    expect(tell(map)).toEqual([
      "customer/weekly-reviews dispatches ReviewsDue",
      "CustomerRegistered starts customer/loyalty",
      "OrderFulfilled reaches customer/loyalty",
      "OrderFulfilled completes order/order-lifecycle",
      "OrderFulfilled reaches customer/ask-for-a-review",
      "OrderPacked reaches order/order-lifecycle",
      "OrderPacked reaches order/tell-customer-on-order-packed",
      "OrderPlaced starts order/order-lifecycle",
      "PaymentReceived reaches order/order-lifecycle",
      "ReviewWritten completes customer/loyalty",
      "ReviewsDue reaches customer/report-on-reviews-due",
      "? customer/loyalty dispatches sendMail (on-order-fulfilled)",
      "? order/order-lifecycle dispatches cancelOrder (on-order-lifecycle-timed-out)",
      "? order/order-lifecycle dispatches chargeCard (on-order-placed)",
      "? order/order-lifecycle dispatches packOrder (on-payment-received)",
      "? customer/ask-for-a-review dispatches sendMail",
      "? customer/report-on-reviews-due dispatches sendMail",
      "? order/tell-customer-on-order-packed dispatches sendMail",
      "? chargeCard returns PaymentReceived",
      "? packOrder returns OrderPacked",
    ]);
  });

  it("reads what was made in code from the functions themselves", async () => {
    const map = await readMap({
      definitions: [
        defineProcess({
          aggregate: "order",
          name: "renewal",
          startedBy: ["Renewed"],
          completedBy: ["Renewed", "Ended"],
          timeout: "30d",
          on: {
            Renewed: async ({ event, commands }) => {
              await commands.sendInvoice!({ aggregateId: event.aggregateId });
              await commands.notOfTheDomain!({ aggregateId: event.aggregateId });
            },
            Ended: async ({ event, commands }) => void (await commands.sendInvoice!({ aggregateId: event.aggregateId })),
          },
          onCancelled: async ({ event, commands }) => void (await commands.alone!({ aggregateId: event.aggregateId })),
        }),
      ],
      policies: [
        definePolicy({
          aggregate: "order",
          name: "tell",
          on: "Ended",
          delay: 500,
          handler: async ({ event, commands }) => void (await commands.sendMail!({ aggregateId: event.aggregateId })),
        }),
      ],
      schedules: [
        defineSchedule({
          aggregate: "order",
          name: "often",
          cron: "@hourly",
          event: ({ at }) => ({ type: "Renewed", aggregateId: String(at) }),
        }),
      ],
      commands: {
        sendInvoice: ({ command }) => ({ type: "Ended", aggregateId: command.aggregateId }),
        sendMail: anything,
        alone: anything,
        nobodys: anything,
      },
    });
    expect(tell(map)).toEqual([
      "? order/often dispatches Renewed",
      "Ended completes order/renewal",
      "Ended reaches order/tell",
      "Renewed starts+completes order/renewal",
      "? order/renewal dispatches alone (on-renewal-cancelled)",
      "? order/renewal dispatches sendInvoice (on-renewed, on-ended)",
      "? order/tell dispatches sendMail",
      "? sendInvoice returns Ended",
    ]);
    expect(map.nodes.map(({ name }) => name)).toContain("nobodys");
    expect(map.nodes.map(({ name }) => name)).not.toContain("notOfTheDomain");
    expect(map.nodes.find(({ kind }) => kind === "policy")?.note).toBe("after 500ms");
  });

  it("has what a chart invokes, a command or another process, as what the definition says", async () => {
    const machine = createMachine({
      initial: "paying",
      states: {
        paying: { invoke: { src: "chargeCard", onDone: "insuring" }, on: { Cancelled: "over" } },
        insuring: { invoke: { src: "order/insurance", onDone: "over" } },
        over: { type: "final", entry: "sayGoodbye" },
      },
    });
    const booking = defineProcess({
      aggregate: "order",
      name: "booking",
      startedBy: ["Booked"],
      timeout: "1d",
      machine,
      actions: { sayGoodbye: async ({ commands }) => void (await commands["sendMail"]!({ aggregateId: "o-1" })) },
    });
    const insurance = defineProcess({
      aggregate: "order",
      name: "insurance",
      startedBy: ["Insured"],
      completedBy: ["Insured"],
      timeout: "1d",
      on: { Insured: anything },
    });
    const map = await readMap({ definitions: [booking, insurance], commands: { chargeCard: anything, sendMail: anything } });
    expect(tell(map)).toEqual([
      "Booked starts order/booking",
      "Cancelled reaches order/booking",
      "Insured starts+completes order/insurance",
      "order/booking invokes order/insurance",
      "order/booking invokes chargeCard",
      "? order/booking dispatches sendMail (say-goodbye)",
    ]);
  });

  it("says of no command what one function for all commands says, and has all names where such a function takes any", async () => {
    const policies = [
      definePolicy({
        aggregate: "order",
        name: "tell",
        on: "Ended",
        handler: async ({ commands }) => void (await commands.whatever!({ aggregateId: "o-1" })),
      }),
    ];
    const both = ({ command }: { command: { aggregateId: string } }) => ({ type: "Ended", aggregateId: command.aggregateId });
    expect(tell(await readMap({ policies, commands: { one: both, other: both } }))).toEqual(["Ended reaches order/tell"]);
    expect(tell(await readMap({ policies, dispatchCommand: both }))).toEqual([
      "Ended reaches order/tell",
      "? order/tell dispatches whatever",
    ]);
  });

  it("is the same however often it is drawn, and starts nothing", async () => {
    const [one, other] = [await drawDomain({ domain: shop }), await drawDomain({ domain: [shop], format: "mermaid" })];
    expect(other).toBe(one);
    expect(one).toMatch(/^flowchart LR\n/);
  });

  it("refuses a domain that is not there, one that is empty, and options that it does not have", async () => {
    const empty = createTemporaryFolder();
    for (const domain of ["./no-such-domain", empty]) {
      const [drawn, created] = [drawDomain({ domain }), createProcessSystem({ domain, store: { path: ":memory:" } })];
      const [refused, same] = await Promise.all([drawn.catch((error: Error) => error), created.catch((error: Error) => error)]);
      expect(refused).toMatchObject({ code: "DEFINITION_INVALID", message: (same as Error).message });
    }
    await expect(drawDomain()).rejects.toMatchObject({ code: "DEFINITION_INVALID" });
    await expect(drawDomain({ domain: shop, format: "pdf" as never })).rejects.toThrow("mermaid, svg, dot, json");
    await expect(drawDomain({ domain: shop, store: {} } as never)).rejects.toThrow("drawDomain.store is not an option");
  });
});
