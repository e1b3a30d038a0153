import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectFolder } from "../docs/markdown.ts";
import { runNode } from "../docs/run-node.ts";
import { createFolder } from "./domain-folder.ts";

/** What an OS process can read TypeScript with, as arguments of `node`. The hooks do what tsx does: they serve import() with TypeScript. */
const hooks = `import { register } from "node:module"; register("data:text/javascript," + encodeURIComponent(${JSON.stringify(
  `import { readFile } from "node:fs/promises";
   export const load = async (url, context, next) =>
     url.endsWith(".ts") ? { format: "module", shortCircuit: true, source: await readFile(new URL(url), "utf8") } : next(url, context);`,
)}));`;
const readers: readonly (readonly [string, readonly string[]])[] = [
  ["jiti", [join(projectFolder, "node_modules/jiti/lib/jiti-cli.mjs")]],
  ["hooks for import()", ["--import", `data:text/javascript,${encodeURIComponent(hooks)}`]],
];

const print = "console.log(JSON.stringify([pool.of, typeof plain, compiled]));";

async function createProgram(): Promise<string> {
  const folder = await createFolder({
    "package.json": '{"type":"module"}',
    "node_modules/plain/index.js": "module.exports = function plain() {};",
    "node_modules/compiled/index.js": 'Object.defineProperty(exports, "__esModule", { value: true });\nexports.default = 1;',
    "pool.ts": 'console.log("pool.ts is evaluated"); export const pool = {};',
    "main.ts": `import { createProcessSystem } from "perdure"; import { pool } from "./pool.ts"; import plain from "plain"; import compiled from "compiled";
      pool.of = "the program"; ${print}
      const system = await createProcessSystem({ domain: "./domain", store: { path: ":memory:" } });
      await system.stop();`,
    "domain/order/commands/a.ts": `import { pool } from "../../../pool.ts"; import plain from "plain"; import compiled from "compiled"; ${print} export const handler = () => {};`,
    "domain/order/commands/b.ts": `import { pool } from "../../../pool.ts"; import plain from "plain"; import compiled from "compiled"; ${print} export const handler = () => {};`,
    "domain/order/processes/lifecycle/index.ts":
      'export const config = () => ({ startedBy: ["OrderPlaced"], completedBy: [], timeout: "7d" });',
    "domain/order/processes/lifecycle/on-order-placed.ts": "export const handler = () => {};",
    "domain/order/processes/lifecycle/on-lifecycle-timed-out.ts": "export const handler = () => {};",
    "domain/order/processes/lifecycle/on-lifecycle-failed.ts": "export const handler = () => {};",
  });
  await symlink(projectFolder, join(folder, "node_modules/perdure"));
  return folder;
}

const seen = '["the program","function",{"default":1}]';

test.each(readers)(
  "a program whose TypeScript is read by %s shares its modules with its domain, and sees packages in the same shape",
  async (_, reader) => {
    const output = await runNode(await createProgram(), [...reader, "main.ts"]);
    expect(output.trim().split("\n")).toEqual(["pool.ts is evaluated", seen, seen, seen]);
  },
);

const strips = Boolean(Reflect.get(process.features, "typescript"));

test.skipIf(!strips)(
  `a program whose TypeScript is read by Node shares its modules with its domain (${strips ? "runs" : "skipped, because Node reads TypeScript from 22.18 on"}: ${process.version})`,
  async () => {
    const output = await runNode(await createProgram(), ["main.ts"]);
    expect(output.trim().split("\n")).toEqual(["pool.ts is evaluated", seen, seen, seen]);
  },
);

test("a program that reads TypeScript by require alone, as esbuild-register does, shares its modules too", async () => {
  const folder = await createProgram();
  const files = {
    "package.json": "{}",
    "hook.cjs":
      'const { readFileSync } = require("node:fs"); require.extensions[".tsx"] = require.extensions[".ts"] = (module, file) => module._compile(readFileSync(file, "utf8"), file);',
    "pool.ts": 'console.log("pool.ts is evaluated"); exports.pool = {};',
    "main.ts": `const { pool } = require("./pool.ts"); pool.of = "the program";
      import("perdure").then(({ compileProcess }) => compileProcess("./domain/order/processes/lifecycle"));`,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  expect((await runNode(folder, ["-r", "./hook.cjs", "main.ts"])).trim().split("\n")).toEqual(["pool.ts is evaluated", seen, seen]);
});

test("a file that was compiled to CommonJS exports what its source does, whether or not Node finds the names", async () => {
  const compiled = 'Object.defineProperty(exports, "__esModule", { value: true });';
  const folder = await createFolder({
    "package.json": '{"type":"commonjs"}',
    "perdure.config.js": `${compiled} exports.default = { domain: "./domain" };`,
    "order.js": `${compiled} exports.handler = () => {};`,
    "hidden.js": `${compiled} Object.assign(exports, { handler: () => {} });`,
    "main.mjs": `import { loadConfig } from ${JSON.stringify(join(projectFolder, "dist/system/load-config.js"))};
      import { createImportModule } from ${JSON.stringify(join(projectFolder, "dist/definition/read/import-module.js"))};
      const importModule = createImportModule();
      const names = async (file) => Object.keys(await importModule(new URL(file, import.meta.url).pathname)).filter((name) => name === "handler" || name === "default");
      console.log(JSON.stringify([(await loadConfig()).options.domain.endsWith("/domain"), await names("order.js"), await names("hidden.js")]));`,
  });
  // In an OS process of its own, because vitest's import() unwraps such modules itself.
  expect(JSON.parse(await runNode(folder, ["main.mjs"]))).toEqual([true, ["handler"], ["handler"]]);
});
