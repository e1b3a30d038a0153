// Prints the test files that took longest, from the report that vitest's JSON reporter has written to the path that is given.
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

const MOST_FILES = 15;

const [path] = process.argv.slice(2);
if (path === undefined)
  throw new Error("the path of vitest's JSON report is missing: node .ci/print-slowest-tests.mjs coverage/tests.json");
if (existsSync(path)) {
  const { testResults } = JSON.parse(readFileSync(path, "utf8"));
  const slowest = testResults
    .map(({ name, startTime, endTime }) => ({ file: relative(process.cwd(), name), seconds: (endTime - startTime) / 1_000 }))
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, MOST_FILES);
  console.log(`\nThe ${slowest.length} slowest of ${testResults.length} test files:`);
  for (const { file, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(7)} s  ${file}`);
} else {
  console.log(`\nThere is no report of the tests at ${path}: the tests have not come to their end.`);
}
