import { join } from "node:path";
import { expect, test } from "vitest";
import * as uuid from "uuid";
import { createImportModule } from "../../src/definition/import-module.ts";
import { createFolder } from "./domain-folder.ts";

test.each([".ts", ".mts", ".js", ".mjs"])("loads a %s file with its own exports only", async (extension) => {
  const folder = await createFolder({ "package.json": '{"type":"module"}', [`a${extension}`]: "export const one = 1;\nexport default 2;" });
  const exports = await createImportModule()(join(folder, `a${extension}`));
  expect({ ...exports }).toEqual({ one: 1, default: 2 });
});

test("adds no default export", async () => {
  const folder = await createFolder({ "a.ts": "export const one: number = 1;" });
  const exports = await createImportModule()(join(folder, "a.ts"));
  expect(Object.keys(exports)).toEqual(["one"]);
  expect(exports.default).toBeUndefined();
});

test("leaves out imports that are types only, so that their files need not exist", async () => {
  const folder = await createFolder({
    "a.ts": `import type { A } from "./+types/a";\nimport { type B } from "./+types/b";\nimport { C } from "./+types/c";\nexport const handler = (a: A, b: B, c: C) => "ran";`,
  });
  const { handler } = await createImportModule()(join(folder, "a.ts"));
  expect((handler as () => string)()).toBe("ran");
});

test("shares what TypeScript files import, whichever way they spell it, over several importers", async () => {
  const folder = await createFolder({
    "shared.ts": "export const token: object = {};",
    "plain.mjs": "export const token = {};",
    "a.ts": `export { token } from "./shared.ts"; export { token as plain } from "./plain.mjs";`,
    "b.ts": `export { token } from "./shared.js"; export { token as plain } from "./plain.mjs";`,
  });
  const a = await createImportModule()(join(folder, "a.ts"));
  const b = await createImportModule()(join(folder, "b.ts"));
  expect(a.token).toBeTypeOf("object");
  expect(a.token).toBe(b.token);
  expect(a.plain).toBe(b.plain);
});

test("shares packages with the program itself", async () => {
  const folder = await createFolder({ "a.ts": `export { v7 } from ${JSON.stringify(import.meta.resolve("uuid"))};` });
  expect((await createImportModule()(join(folder, "a.ts"))).v7).toBe(uuid.v7);
});

test("keeps the lines of a TypeScript file in stack traces", async () => {
  const folder = await createFolder({
    "a.ts": "interface Long {\n  readonly a: string;\n}\n\nexport async function handler(x: Long): Promise<void> {\n  throw new Error('boom');\n}\n",
  });
  const { handler } = await createImportModule()(join(folder, "a.ts"));
  const error = await (handler as () => Promise<void>)().catch((thrown: unknown) => thrown);
  expect((error as Error).stack).toContain("a.ts:6:");
});

test("rejects each time with what the file throws", async () => {
  const folder = await createFolder({ "a.ts": "throw new Error('no database');", "b.mjs": "throw new Error('no database');" });
  const importModule = createImportModule();
  for (const file of ["a.ts", "a.ts", "b.mjs", "b.mjs"]) await expect(importModule(join(folder, file))).rejects.toThrow("no database");
});
