import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test as it } from "vitest";
import { projectFolder } from "../support/project-folder.ts";

/**
 * The first hour of a newcomer had 37 mistakes in it, and each has a test that says what message comes. Those of this folder begin with the
 * mistake's number; the others are held by these tests.
 */
const elsewhere: Readonly<Record<number, readonly (readonly [file: string, test: string])[]>> = {
  15: [["test/cli/start.system.test.ts", "stands by while another one works"]],
  17: [["test/durability/unavailable-store.system.test.ts", "an empty file that is read-only, a folder, a file below a file"]],
  19: [
    [
      "test/suspects/suspects.system.test.ts",
      "is a dead letter after its attempts, which says that the worker died; all others are handled",
    ],
  ],
  23: [["test/installation/explanations.test.ts", "was made for another version of Node"]],
  24: [["test/installation/explanations.test.ts", "is one before that of the package's engines"]],
  26: [["test/installation/explanations.test.ts", '["4.38.3", "5.9.0"]']],
  27: [["test/installation/explanations.test.ts", "xstate is not installed"]],
  35: [["test/cli/start.system.test.ts", "stands by while another one works"]],
  36: [
    ["test/cli/output.system.test.ts", "works on when the reader goes away"],
    ["test/cli/output.system.test.ts", "says so and fails, whether nothing was written or a part"],
    ["test/cli/bad-input.system.test.ts", "ends the command quietly"],
  ],
};

const here = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".test.ts") && !import.meta.filename.endsWith(name))
  .map((name) => readFileSync(join(import.meta.dirname, name), "utf8"))
  .join("\n");

it("each of the 37 mistakes of the first hour has a test that says what message comes", () => {
  const numbers = Array.from({ length: 37 }, (_, at) => at + 1);
  const isHere = (number: number) => new RegExp(`["\`]${number}[:,] |["\`]\\d+ and ${number}, `).test(here);
  expect(numbers.filter((number) => elsewhere[number] === undefined && !isHere(number))).toEqual([]);
  const missing = Object.values(elsewhere)
    .flat()
    .filter(([file, name]) => !readFileSync(join(projectFolder, file), "utf8").includes(name));
  expect(missing).toEqual([]);
});
