import { describe, expect, test as it } from "vitest";
import { createLineLogger, limitLogger, type LogLevel, logLevels } from "../../src/cli/terminal/line-logger.ts";
import type { LogFields, Logger } from "../../src/platform/logger.ts";

const methods = ["debug", "info", "warn", "error"] as const;

function collect(stacks = false): { readonly lines: string[]; readonly logger: Logger } {
  const lines: string[] = [];
  return { lines, logger: createLineLogger((line) => void lines.push(line), { stacks }) };
}

function lineOf(message: string, fields?: LogFields): string {
  const { lines, logger } = collect();
  logger.info(message, fields);
  expect(lines).toHaveLength(1);
  return lines[0]!;
}

describe("a log level", () => {
  it.each<[LogLevel, readonly string[]]>([
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
    ["silent", []],
  ])("of %s lets through %j", (level, expected) => {
    const { lines, logger } = collect();
    const limited = limitLogger(logger, level);
    for (const method of methods) limited[method](method);
    expect(lines).toEqual(expected.map((method) => `${method}: ${method}`));
  });

  it("is one of five", () => {
    expect(logLevels).toEqual([...methods, "silent"]);
  });
});

describe("a message", () => {
  it("is a line with its fields as JSON and its error's message, which is not said twice", () => {
    expect(lineOf("fulfilled", { order: "o-1", count: 2 })).toBe('info: fulfilled {"order":"o-1","count":2}');
    expect(lineOf("an attempt failed", { error: new Error("no paper"), attempt: 1 })).toBe(
      'info: an attempt failed: no paper {"attempt":1}',
    );
    expect(lineOf("an attempt failed: no paper", { error: new Error("no paper") })).toBe("info: an attempt failed: no paper");
    expect(lineOf("an attempt failed", { error: "no paper" })).toBe("info: an attempt failed: no paper");
  });

  it("cannot look like two, whatever is in it", () => {
    expect(lineOf("placed\nerror: forged")).toBe("info: placed\n  error: forged");
    expect(lineOf("failed", { error: new Error("a\nwarn: b") })).toBe("info: failed: a\n  warn: b");
  });

  it("fails nobody by fields that are no JSON, and tells of the errors among them", () => {
    const circle: Record<string, unknown> = { name: "circle" };
    circle["self"] = circle;
    expect(lineOf("numbers", { total: 12n })).toBe('info: numbers {"total":"12"}');
    expect(lineOf("circle", { circle })).toMatch(/^info: circle \{.*name: 'circle', self: \[Circular/);
    expect(lineOf("failed", { cause: new TypeError("no paper") })).toBe('info: failed {"cause":"no paper"}');
  });

  it("has the error's stack below it where stacks are wanted", () => {
    const { lines, logger } = collect(true);
    logger.error("failed", { error: new Error("no paper") });
    expect(lines).toEqual(["error: failed: no paper", expect.stringContaining("line-logger.test.ts")]);
  });
});
