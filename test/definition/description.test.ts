import { expect, test } from "vitest";
import { readDescription } from "../../src/definition/report/description.ts";

test.each([
  ["/** Greets the customer. */\nexport async function handler() {}", "Greets the customer."],
  [
    "/**\n * Greets\n *   the customer,\n * see {@link Customer}.\n *\n * @param args all\n * more\n */\nexport const handler = () => {};",
    "Greets the customer, see Customer.",
  ],
  ["/** Of a type. */\n\nexport type A = string;\n/** Of the handler. */\r\nexport function handler() {}", "Of the handler."],
])("reads the doc comment above the handler: %j", (source, text) => {
  expect(readDescription(source)).toBe(text);
});

test.each([
  "export async function handler() {}",
  "// Greets.\nexport async function handler() {}",
  "/* Greets. */\nexport async function handler() {}",
  "/** @type {import('x').Y} */\nexport const handler = () => {};",
  "/** Of another. */\nconst other = 1;\nexport async function handler() {}",
  "/** Of another. */\nexport function handlerOfAnother() {}",
])("finds no description in %j", (source) => {
  expect(readDescription(source)).toBeUndefined();
});
