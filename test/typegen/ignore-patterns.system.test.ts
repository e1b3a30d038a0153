import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isIgnored } from "../../src/typegen/ignore-patterns.ts";
import { startProcess } from "../support/os-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

describe(".gitignore", () => {
  test("is read as git reads it", async () => {
    const folder = createTemporaryFolder({});
    const git = async (args: readonly string[], input = "") => (await startProcess("git", args, { cwd: folder, input }).ended).stdout;
    await git(["init", "--quiet"]);
    const paths = [
      "perdure.db",
      "perdure.db-wal",
      "data/perdure.db",
      "a/data/shop.db",
      "data/shop[1].db",
      "#a.db",
      "!a.db",
      "x.db/y",
      "perdureXdb",
      "data/deep/er/x.db",
    ];
    const files = [
      "perdure.db",
      "*.db",
      "data",
      "data/",
      "/data",
      "/perdure.db",
      "data/*.db",
      "data/**",
      "**/data",
      "data/**/x.db",
      "a/**/shop.db",
      "perdure.db*",
      "perdure?db",
      "p[a-z]rdure.db",
      "perdure.db[!x]*",
      "\\#a.db",
      "#a.db",
      "\\!a.db",
      "!a.db",
      "data/shop\\[1].db",
      "*.db\n!perdure.db",
      "!perdure.db\n*.db",
      "x.db/",
      "*.d(b|c)",
      "perdure.db  ",
      "*",
    ];
    for (const lines of files) {
      writeFileSync(join(folder, ".gitignore"), lines);
      const expected = (
        await git(
          ["-c", "core.quotePath=false", "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "--stdin"],
          paths.join("\n"),
        )
      )
        .split("\n")
        .filter((path) => path !== "");
      expect([lines, paths.filter((path) => isIgnored(path, lines.split("\n")))]).toEqual([lines, expected]);
    }
  });
});
