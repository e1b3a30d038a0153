import { realpathSync } from "node:fs";
import { join } from "node:path";
import { createProcessSystem } from "perdure";
import { expect, onTestFinished, test } from "vitest";
import { createTemporaryFolder } from "./support/temporary-folder.ts";

const handler = {
  "domain/order/commands/pack.ts": "export const handler = () => {};",
  "domain/order/commands/note.js": "export const handler = () => {};",
};

/** What is warned of when a program with this main file opens the domain in the folder `domain`. */
async function warningsOf(main: string, files: Readonly<Record<string, string>> = handler): Promise<readonly string[]> {
  const folder = realpathSync(
    createTemporaryFolder({ "package.json": '{"type":"module"}', ...files, "dist/domain/order/commands/pack.js": "" }),
  );
  const before = process.argv[1]!;
  onTestFinished(() => void (process.argv[1] = before));
  process.argv[1] = join(folder, main);
  const warnings: string[] = [];
  const logger = { warn: (message: string) => void warnings.push(message) };
  const system = await createProcessSystem({ domain: join(folder, "domain"), store: { path: ":memory:" }, logger });
  await system.stop();
  return warnings.map((warning) => warning.replaceAll(folder, "."));
}

test("a compiled program that reads its domain in TypeScript, although that was compiled too, is warned", async () => {
  const [warning, ...others] = await warningsOf("dist/main.js");
  expect(warning).toMatch(
    /read from \.\/domain, in TypeScript, although \.\/dist\/main\.js is compiled and \.\/dist\/domain lies beside it[^]*new URL\("\.\/domain"/,
  );
  expect(others).toEqual([]);
});

test("nobody is warned whose program was not compiled, is a tool, lies beside that domain, or has a domain in JavaScript", async () => {
  expect(await warningsOf("dist/main.ts")).toEqual([]);
  expect(await warningsOf("node_modules/perdure/dist/cli/main.js")).toEqual([]);
  expect(await warningsOf("main.js")).toEqual([]);
  expect(await warningsOf("dist/main.js", { "domain/order/commands/note.js": "export const handler = () => {};" })).toEqual([]);
});
