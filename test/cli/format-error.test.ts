import { describe, expect, test as it } from "vitest";
import { formatError } from "../../src/cli/terminal/format-error.ts";

const frame = "    at pay (file:///shop/pay.ts:3:9)";
const ours = `    at ${new URL("../../src/runtime/core/attempt.ts", import.meta.url).href}:1:1`;

describe("a recorded error on the terminal", () => {
  it("shows the errors it stands for, what each carries, and its cause, indented", () => {
    const lines = formatError(
      {
        name: "AggregateError",
        message: "no mirror answers",
        stack: `AggregateError: \n${frame}\n${ours}`,
        status: 503,
        properties: { url: "https://mirror.example" },
        errors: [
          { name: "Error", message: "mirror A", code: 13 },
          { name: "Error", message: "mirror B", cause: { name: "TypeError", message: "expired\nyesterday" } },
        ],
        cause: { name: "Error", message: "out of mirrors" },
      },
      false,
    );
    expect(lines).toEqual([
      "AggregateError: no mirror answers",
      frame,
      "status: 503",
      'url: "https://mirror.example"',
      "error 1 of 2",
      "  Error: mirror A",
      "  code: 13",
      "error 2 of 2",
      "  Error: mirror B",
      "  caused by",
      "    TypeError: expired",
      "    yesterday",
      "caused by",
      "  Error: out of mirrors",
    ]);
  });

  it("is whole with verbose, and cut without", () => {
    const error = { name: "Error", message: "down", stack: `Error: down\n${frame}\n${ours}`, properties: { body: "x".repeat(400) } };
    expect(formatError(error, false)).toEqual(["Error: down", frame, `body: "${"x".repeat(299)}…`]);
    expect(formatError(error, true)).toEqual(["Error: down", frame, ours, `body: "${"x".repeat(400)}"`]);
  });
});
