import { symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import * as uuid from "uuid";
import { createImportModule } from "../../src/definition/read/import-module.ts";
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
    "a.ts":
      "interface Long {\n  readonly a: string;\n}\n\nexport async function handler(x: Long): Promise<void> {\n  throw new Error('boom');\n}\n",
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

describe("a CommonJS package", () => {
  const packages = {
    "package.json": '{"type":"module"}',
    "node_modules/plain/index.js": "module.exports = function plain() {};\nmodule.exports.named = 1;",
    "node_modules/compiled/index.js":
      'Object.defineProperty(exports, "__esModule", { value: true });\nexports.default = { inner: 1 };\nexports.named = 2;',
    "local.cjs": "module.exports = { own: 1 };",
  };
  const lines = `import plain, { named } from "plain"; import compiled, * as all from "compiled"; import local from "./local.cjs";
    const later = await import("plain");
    export const seen = [plain.name, named, compiled, Object.keys(all).toSorted(), local, later.default === plain];`;
  const shape = ["plain", 1, { default: { inner: 1 }, named: 2 }, ["__esModule", "default", "named"], { own: 1 }, true];

  test("has the shape that Node's import() gives it, in the first file and in the next", async () => {
    const folder = await createFolder({ ...packages, "a.ts": lines, "b.mts": lines, "c.tsx": lines });
    const importModule = createImportModule();
    for (const file of ["a.ts", "b.mts", "c.tsx"]) expect((await importModule(join(folder, file))).seen).toEqual(shape);
  });

  test("has it when the program requires the package first", async () => {
    const folder = await createFolder({ ...packages, "a.ts": lines });
    createRequire(join(folder, "a.ts"))("plain");
    expect((await createImportModule()(join(folder, "a.ts"))).seen).toEqual(shape);
  });

  test.each(["better-sqlite3", "ms"])("that Perdure imports itself, such as %s, has a default export", async (name) => {
    const path = createRequire(import.meta.url).resolve(name);
    const folder = await createFolder({ "a.ts": `import it from ${JSON.stringify(path)}; export const type = typeof it;` });
    expect((await createImportModule()(join(folder, "a.ts"))).type).toBe("function");
  });

  test("has a default export in a TypeScript file that is required, too", async () => {
    const folder = await createFolder({
      ...packages,
      "a.cts": `import b = require("./b.ts"); import plain = require("plain"); export const seen = [b.name, plain.name];`,
      "b.ts": `import plain from "plain"; export const name = plain.name;`,
    });
    expect((await createImportModule()(join(folder, "a.cts"))).seen).toEqual(["plain", "plain"]);
  });
});

test.each(["export = { one: 1 };", "module.exports = { one: 1 };"])(
  "gives what a CommonJS file exports as its default export, and by name: %s",
  async (text) => {
    const folder = await createFolder({ "a.cts": text });
    expect(await createImportModule()(join(folder, "a.cts"))).toEqual({ one: 1, default: { one: 1 } });
  },
);

test("resolves the paths of the tsconfig.json that is next to the file", async () => {
  const folder = await createFolder({
    "tsconfig.json": '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } } // of the project',
    "src/money.ts": "export const currency: string = 'EUR';",
    "domain/a.ts": `export { currency } from "@/money";`,
  });
  expect((await createImportModule()(join(folder, "domain/a.ts"))).currency).toBe("EUR");
});

test("does without a tsconfig.json that cannot be read, and names it where an import then fails", async () => {
  const folder = await createFolder({
    "tsconfig.json": '{ "extends": "@tsconfig/only-in-development" }',
    "a.ts": "export const one: number = 1;",
    "b.ts": `import "@/money";`,
  });
  expect((await createImportModule()(join(folder, "a.ts"))).one).toBe(1);
  await expect(createImportModule()(join(folder, "b.ts"))).rejects.toThrow(
    /'@\/money'[^]*cannot be read: File '@tsconfig\/only-in-development' not found/,
  );
});

test.each([".ts", ".js"])("loads a %s file at its real place when a folder above it is a link", async (extension) => {
  const folder = await createFolder({
    "package.json": '{"type":"module"}',
    [`real/domain/a${extension}`]: 'export { token } from "../token.js";',
    "real/token.js": "export const token = 'of the real place';",
    "app/token.js": "export const token = 'of the link';",
  });
  await symlink(join(folder, "real/domain"), join(folder, "app/domain"));
  expect((await createImportModule()(join(folder, `app/domain/a${extension}`))).token).toBe("of the real place");
});

test("keeps JSX to .tsx and .jsx: angle brackets in .ts are types", async () => {
  const folder = await createFolder({
    "node_modules/react/jsx-runtime.js": "exports.jsx = (tag, { children }) => `<${tag}>${children}</${tag}>`;",
    "a.ts": "export const same = <T>(value: T) => <string>(<unknown>value);",
    "b.tsx": "export const bold = (name: string) => <b>{name}</b>;",
    "c.jsx": "export const bold = (name) => <b>{name}</b>;",
  });
  const read = async (file: string, name: string) => (await createImportModule()(join(folder, file)))[name] as (value: string) => string;
  expect((await read("a.ts", "same"))("x")).toBe("x");
  for (const file of ["b.tsx", "c.jsx"]) expect((await read(file, "bold"))("Ada")).toBe("<b>Ada</b>");
});

test("evaluates a file once that is imported again while it is loaded, as by a system that it creates", async () => {
  const folder = await createFolder({ "a.ts": "await globalThis.importAgain(); export const one = 1;", "b.ts": "export {};" });
  const importFile = (name: string) => createImportModule()(join(folder, name));
  const imported: Promise<unknown>[] = [];
  const importAgain = vi.fn<() => Promise<void>>(async () => {
    if (imported.length < 3) imported.push(importFile("a.ts"));
    // By the end of another import, a second evaluation would have begun.
    await importFile("b.ts");
  });
  vi.stubGlobal("importAgain", importAgain);
  onTestFinished(() => void vi.unstubAllGlobals());
  const exports = await importFile("a.ts");
  expect(importAgain).toHaveBeenCalledTimes(1);
  expect(await imported[0]).toBe(exports);
});
