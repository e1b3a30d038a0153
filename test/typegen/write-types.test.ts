import { existsSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasDrift } from "../../src/typegen/compare-types.ts";
import { firstLine } from "../../src/typegen/virtual-file.ts";
import { checkTypes, writeTypes } from "../../src/typegen/write-types.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const at = (name: string) => `.perdure/types/domain/order/${name}.d.ts`;
const generated = (name: string, text = "") => ({ path: at(name), text: `${firstLine}\n${text}` });

test("writes what is missing or changed, and leaves what is as it should be untouched", async () => {
  const root = createTemporaryFolder();
  const files = [generated("+types/a"), generated("+types/b")];
  expect(await writeTypes(root, files)).toEqual({ written: files.map(({ path }) => path), removed: [], unchanged: [], foreign: [] });
  const old = new Date("2020-01-01");
  for (const { path } of files) utimesSync(join(root, path), old, old);

  const next = [generated("+types/a", "export {};\n"), generated("+types/b")];
  expect(await writeTypes(root, next)).toEqual({ written: [at("+types/a")], removed: [], unchanged: [at("+types/b")], foreign: [] });
  expect(readFileSync(join(root, at("+types/a")), "utf8")).toBe(next[0]?.text);
  expect(statSync(join(root, at("+types/b"))).mtime).toEqual(old);
});

test("removes what it has generated and needs no more, with the folders left empty, and never what another has written", async () => {
  const root = createTemporaryFolder({ [at("mine")]: "// mine\n" });
  await writeTypes(root, [generated("deep/+types/a"), generated("+types/b")]);
  expect(await writeTypes(root, [])).toMatchObject({ written: [], removed: [at("+types/b"), at("deep/+types/a")] });
  expect(existsSync(join(root, ".perdure/types/domain/order/deep"))).toBe(false);
  expect(readFileSync(join(root, at("mine")), "utf8")).toBe("// mine\n");
});

test("does not write over a file of another in the place of a generated one, and says so", async () => {
  const root = createTemporaryFolder({ [at("+types/a")]: "// mine\n" });
  expect(await writeTypes(root, [generated("+types/a")])).toEqual({ written: [], removed: [], unchanged: [], foreign: [at("+types/a")] });
  expect(readFileSync(join(root, at("+types/a")), "utf8")).toBe("// mine\n");
});

test("tells the drift without writing anything", async () => {
  const root = createTemporaryFolder();
  await writeTypes(root, [generated("a"), generated("b"), generated("c")]);
  const wanted = [generated("a"), generated("b", "export {};\n"), generated("d")];
  const drift = await checkTypes(root, wanted);
  expect(drift).toEqual({ missing: [at("d")], changed: [at("b")], stale: [at("c")], foreign: [], unchanged: [at("a")] });
  expect(hasDrift(drift)).toBe(true);
  expect(existsSync(join(root, at("d")))).toBe(false);

  await writeTypes(root, wanted);
  expect(hasDrift(await checkTypes(root, wanted))).toBe(false);
});

test("takes the line ends of Windows for no difference", async () => {
  const file = generated("a", "export {};\n");
  const root = createTemporaryFolder({ [file.path]: file.text.replaceAll("\n", "\r\n") });
  expect(hasDrift(await checkTypes(root, [file]))).toBe(false);
});
