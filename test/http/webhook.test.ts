import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { webhook, type WebhookOptions } from "perdure/http";
import { describe, expect, test as it } from "vitest";
import { readBlocks, readPage, readPath } from "../docs/markdown.ts";
import { place } from "../ui/open-ui.ts";
import { openFront } from "./open-front.ts";
import { createPaymentWebhook } from "./payment-webhook.ts";

const SECRET = "whsec-of-the-test";
const paid = (cents: unknown = 5) => JSON.stringify({ id: "p1", type: "payment.succeeded", data: { orderId: "a", cents } });

function sign(body: string, { seconds = Math.floor(Date.now() / 1_000), secret = SECRET } = {}): string {
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}

const deliver = (body: string, signature: string, method = "POST") =>
  new Request("https://shop.test/webhooks/payments", {
    method,
    headers: { "payment-signature": signature },
    ...(method === "POST" && { body }),
  });

async function openPayments() {
  const { test } = await openFront();
  await test.dispatch(place("a"));
  const take = createPaymentWebhook(test.system, SECRET);
  return { test, take, accepted: async () => (await test.system.lag()).accepted - 1 };
}

describe("the webhook of a payment service", () => {
  it("is what the guide shows", () => {
    const [block] = readBlocks(readPage("docs/guides/an-http-front.md")).filter((each) => readPath(each) === "payment-webhook.ts");
    const tested = readFileSync(new URL("payment-webhook.ts", import.meta.url), "utf8");
    expect(block!.code).toContain(tested);
  });

  it("answers 200 when its event is durable, and takes what is sent again for the same", async () => {
    const { test, take } = await openPayments();
    const first = await take(deliver(paid(), sign(paid())));
    expect([first.status, await first.json()]).toEqual([200, { events: [{ eventId: "payment-p1", outcome: "accepted" }] }]);
    const again = await take(deliver(paid(), sign(paid())));
    expect([again.status, await again.json()]).toEqual([200, { events: [{ eventId: "payment-p1", outcome: "duplicate" }] }]);
    await test.system.whenIdle();
    expect(await test.system.processes.find()).toMatchObject([{ context: { paid: 5 } }]);
  });

  it("refuses what is not signed, signed by another, changed, or older or newer than five minutes", async () => {
    const { take, accepted } = await openPayments();
    const now = Math.floor(Date.now() / 1_000);
    const signatures = [
      "",
      "t=1",
      `t=${now},v1=${"0".repeat(64)}`,
      `t=${now},v1=00`,
      sign(paid(), { secret: "another" }),
      sign(paid(500)),
      sign(paid(), { seconds: now - 310 }),
      sign(paid(), { seconds: now + 310 }),
      sign(paid()).replace(`t=${now}`, `t=${now + 1}`),
    ];
    for (const signature of signatures) {
      const response = await take(deliver(paid(), signature));
      expect([signature, response.status]).toEqual([signature, 401]);
    }
    expect(await accepted()).toBe(0);
  });

  it("takes what concerns nobody and makes nothing of it, and refuses another method", async () => {
    const { take, accepted } = await openPayments();
    const other = JSON.stringify({ id: "p2", type: "customer.created", data: {} });
    const ignored = await take(deliver(other, sign(other)));
    expect([ignored.status, await ignored.json()]).toEqual([200, { events: [] }]);
    expect((await take(deliver("", "", "GET"))).status).toBe(405);
    expect(await accepted()).toBe(0);
  });

  it("that is no JSON is refused with 400 although it is signed", async () => {
    const { take } = await openPayments();
    expect((await take(deliver("{", sign("{")))).status).toBe(400);
  });
});

describe("a webhook", () => {
  const event = { ...place("a"), eventId: "one" };

  async function openWebhook(options: Partial<WebhookOptions>) {
    const { test } = await openFront();
    const logged: unknown[] = [];
    const logger = { error: (_: string, fields?: object) => logged.push(fields) };
    return { test, logged, take: webhook(test.system, { verify: () => true, map: () => event, logger, ...options }) };
  }

  it("is not answered before the commit", async () => {
    const { test } = await openFront();
    let commit = () => {};
    const committed = new Promise<void>((resolve) => (commit = resolve));
    const dispatch = (async (events: readonly (typeof event)[]) => {
      await committed;
      return test.system.dispatch(events);
    }) as typeof test.system.dispatch;
    let isAnswered = false;
    const answer = webhook(
      { dispatch },
      { verify: () => true, map: () => [event] },
    )(deliver("{}", "")).then(({ status }) => {
      isAnswered = true;
      return status;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    commit();
    expect(await answer).toBe(200);
  });

  it("refuses whatever only looks like a yes of verify, and never asks map then", async () => {
    for (const answer of [false, undefined, 1, "yes", {}]) {
      let isAsked = false;
      const { test, take } = await openWebhook({ verify: () => answer as boolean, map: () => void (isAsked = true) });
      expect((await take(deliver("{}", ""))).status).toBe(401);
      expect([isAsked, (await test.system.lag()).accepted]).toEqual([false, 0]);
    }
  });

  it("that fails is logged and answered 500 without its reason, so that the sender comes again", async () => {
    const fail = () => Promise.reject(new Error("the password is tiger"));
    const unnamed = () => place("a") as typeof event;
    for (const options of [{ verify: fail }, { map: fail }, { map: unnamed }]) {
      const { test, logged, take } = await openWebhook(options);
      const response = await take(deliver("{}", ""));
      expect([response.status, (await response.text()).includes("tiger")]).toEqual([500, false]);
      expect([logged.length, (await test.system.lag()).accepted]).toEqual([1, 0]);
    }
  });

  it("logs an event of map's that the system refuses, and accepts nothing of its list", async () => {
    const { test, logged, take } = await openWebhook({ map: () => [event, { ...event, eventId: "two", type: "not pascal" }] });
    expect((await take(deliver("{}", ""))).status).toBe(400);
    expect([logged.length, (await test.system.lag()).accepted]).toEqual([1, 0]);
  });

  it("refuses a body that is too large before it asks verify, and wrong options when it is made", async () => {
    const { test, take } = await openWebhook({ largestBody: 100, verify: () => Promise.reject(new Error("was asked")) });
    expect((await take(deliver("x".repeat(101), ""))).status).toBe(413);
    const verify = () => true;
    for (const [options, problem] of [
      [{ map: () => undefined }, "webhook: verify is missing"],
      [{ verify }, "webhook: map is undefined"],
      [{ verify, map: () => undefined, secret: "x" }, "webhook.secret is not an option"],
    ] as const)
      expect(() => webhook(test.system, options as unknown as WebhookOptions)).toThrow(problem);
  });
});
