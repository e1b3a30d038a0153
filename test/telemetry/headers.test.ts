import { context, trace } from "@opentelemetry/api";
import { createHandler } from "perdure/http";
import { expect, test as it } from "vitest";
import { openShop, placed } from "./open-shop.ts";
import { causesOf, idOf } from "./recording.ts";

const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

/** A system with an HTTP front, and what posts an event to it. */
async function openFront() {
  const { recording, test } = await openShop();
  const handle = createHandler(test.system, { authorize: () => ({ by: "ada" }) });
  const post = (query = "") =>
    handle(
      new Request(`http://shop.test/events${query}`, {
        method: "POST",
        headers: { "content-type": "application/json", traceparent },
        body: JSON.stringify(placed),
      }),
    );
  return { recording, test, post };
}

it.each(["", "?wait=handled"])(
  "an event that is posted to /events%s is dispatched below the span that the request names",
  async (query) => {
    const { recording, test, post } = await openFront();
    const answered = post(query);
    await test.settle();
    expect([200, 202]).toContain((await answered).status);
    await test.settle();
    const dispatched = recording.span("dispatch OrderPlaced");
    expect(dispatched.spanContext().traceId).toBe("a".repeat(32));
    expect(dispatched.parentSpanContext?.spanId).toBe("b".repeat(16));
    expect(causesOf(recording.span("handle OrderPlaced"))).toEqual([idOf(dispatched)]);
  },
);

it("a span of the program's own that is active knows better than the headers", async () => {
  const { recording, post } = await openFront();
  const mine = trace.getTracer("mine").startSpan("POST /events");
  await context.with(trace.setSpan(context.active(), mine), () => post());
  mine.end();
  expect(recording.span("dispatch OrderPlaced").parentSpanContext?.spanId).toBe(mine.spanContext().spanId);
});
