import { expect, test } from "vitest";
import { idempotencyKeyOf } from "../../../src/restate/wire/names.ts";

test("the idempotency key of an event is visible ASCII, reads back, and is the eventId itself where that can be", () => {
  expect(idempotencyKeyOf("order-1:placed/2")).toBe("order-1:placed/2");
  for (const eventId of ["ü", "100%", "100%25", " a ", "a\nb", "日本", "😀x"]) {
    const key = idempotencyKeyOf(eventId);
    expect(key).toMatch(/^[\x21-\x7e]+$/);
    expect(decodeURIComponent(key)).toBe(eventId);
  }
});
