import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { watchFiles } from "../../src/cli/dev/watch-files.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** A folder that is watched; what has changed in it, by paths from it. */
function watch(files: Readonly<Record<string, string>>) {
  const folder = createTemporaryFolder(files);
  const watcher = watchFiles();
  onTestFinished(() => watcher.close());
  watcher.add(folder);
  return {
    write: (path: string) => writeFileSync(join(folder, path), "changed"),
    makeFolder: (path: string) => mkdirSync(join(folder, path), { recursive: true }),
    remove: (path: string) => rmSync(join(folder, path), { recursive: true }),
    next: async () => (await watcher.next()).map((path) => relative(folder, path)).toSorted(),
  };
}

test("files of the program that change together are told of together, and data, packages and what is built are passed over", async () => {
  const { write, next } = watch({
    "perdure.config.ts": "",
    "domain/order/events/order-placed.ts": "",
    "tsconfig.json": "",
    "shop.db": "",
    "orders.json": "",
    "node_modules/zod/index.js": "",
    "packages/mail/dist/index.js": "",
    ".perdure/types/register.d.ts": "",
  });
  for (const path of ["shop.db", "orders.json", "node_modules/zod/index.js", "packages/mail/dist/index.js", ".perdure/types/register.d.ts"])
    write(path);
  for (const path of ["domain/order/events/order-placed.ts", "perdure.config.ts", "tsconfig.json"]) write(path);
  expect(await next()).toEqual(["domain/order/events/order-placed.ts", "perdure.config.ts", "tsconfig.json"]);

  // What changes between two calls is not lost.
  write("perdure.config.ts");
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(await next()).toEqual(["perdure.config.ts"]);
});

test("a folder that comes, what is then written in it, and a folder that goes are told of", async () => {
  const { makeFolder, write, remove, next } = watch({ "domain/order/notes.md": "" });
  makeFolder("domain/order/processes/refund");
  expect(await next()).toContain("domain/order/processes");
  write("domain/order/processes/refund/index.ts");
  expect(await next()).toEqual(["domain/order/processes/refund/index.ts"]);
  remove("domain/order/processes/refund");
  expect(await next()).toContain("domain/order/processes/refund");
});
