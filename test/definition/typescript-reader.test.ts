import { expect, test } from "vitest";
import { adviseImport } from "../../src/definition/read/import-advice.ts";
import { decideReader, type ProgramTraits } from "../../src/definition/read/typescript-reader.ts";
import { diagnose, orderLifecycle } from "./domain-folder.ts";

const plain: ProgramTraits = { main: "/app/main.js", isOfJiti: false, requireExtensions: [".js"], stripsTypes: false };

test.each<[string, string, Partial<ProgramTraits>]>([
  ["jiti", "the main file is JavaScript", {}],
  ["jiti", "the main file is JavaScript, on a Node that strips types", { stripsTypes: true }],
  ["jiti", "jiti has loaded the main file, on a Node that strips types", { main: "/app/main.ts", isOfJiti: true, stripsTypes: true }],
  ["hooks", "tsx is registered", { requireExtensions: [".js", ".ts", ".tsx"] }],
  [
    "hooks",
    "tsx is registered on a Node that strips types",
    { requireExtensions: [".js", ".ts", ".tsx"], main: "/app/main.ts", stripsTypes: true },
  ],
  ["hooks", "the main file is TypeScript on a Node that strips no types", { main: "/app/main.mts" }],
  ["node", "the main file is TypeScript on a Node that strips types", { main: "/app/main.mts", stripsTypes: true }],
])("TypeScript is read by %s where %s", (reader, _, traits) => {
  expect(decideReader({ ...plain, ...traits })).toBe(reader);
});

const failed = (code: string) => Object.assign(new Error("failed"), { code });

test.each([
  "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX",
  "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING",
  "ERR_UNKNOWN_FILE_EXTENSION",
  "ERR_MODULE_NOT_FOUND",
])("what Node's type stripping refuses with %s is explained where it reads the program", (code) => {
  expect(adviseImport(failed(code), "node")).toContain("Node itself reads the TypeScript of this program");
  expect(adviseImport(failed(code), "hooks")).not.toContain("Node itself reads");
});

test("what the file itself throws is not explained", () => {
  expect(adviseImport(failed("ECONNREFUSED"), "node")).toBe("");
  expect(adviseImport("a text", "node")).toBe("");
});

test("a JavaScript file that imports what Node does not read is explained", async () => {
  const diagnostics = await diagnose({
    ...orderLifecycle,
    "package.json": '{"type":"module"}',
    "lib/money.tsx": "export const currency: string = 'EUR';",
    "lib/price.js": 'export { currency } from "./money.tsx";',
    "order/commands/charge.ts": 'import "../../lib/price.js"; export const handler = () => {};',
  });
  expect(diagnostics).toMatchObject([{ code: "IMPORT_FAILED" }]);
  expect(diagnostics[0]?.fix).toContain("Node, which loads JavaScript files and what they import, reads no such file");
});
