import { ProcessError } from "perdure";
import { expect, test as it } from "vitest";
import { readRefusal, writeRefusal } from "../../../src/restate/wire/refusal.ts";

it("an error comes over the wire with its code, its way out and its details", () => {
  const error = new ProcessError("DEAD_LETTER_SETTLED", 'dead letter "1" was retried', {
    hint: "Look at it.",
    details: { status: "retried" },
  });
  const read = readRefusal(writeRefusal(error));
  expect(read).toMatchObject({ code: "DEAD_LETTER_SETTLED", message: error.message, hint: "Look at it.", details: { status: "retried" } });
});

it("what is no such error is none: other text, other JSON, a code that there is not", () => {
  for (const text of ["service unavailable", "17", '{"code":"TEAPOT","message":"I am one"}', '{"code":"KEY_FULL"}']) {
    expect(readRefusal(text)).toBeUndefined();
  }
});
