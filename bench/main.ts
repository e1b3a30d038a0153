import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { readArguments } from "./arguments.ts";
import type { BenchCase } from "./bench-case.ts";
import { cases, namedCases } from "./cases/index.ts";
import { describeEnvironment } from "./environment.ts";
import { createPreparedFiles } from "./prepared-files.ts";
import type { Row } from "./row.ts";
import { killChild } from "./run-child.ts";
import { createSession } from "./session.ts";
import { formatTable, judge } from "./table.ts";

/**
 * Measures Perdure against a program written by hand for the same work (ceiling.ts), and prints a table. Figures are medians
 * with the least and the greatest in brackets; no figure makes it fail, only work that was not done does. The files it works on
 * are in the folder that `TMPDIR` names, which should be on a disk.
 *
 * Usage: npm run bench -- [--quick] [--only <case>,<case>] [--peers] [--json <file>]
 *
 * `--peers` measures what other people use for the same work, and installs that when it is first asked for.
 */
const options = readArguments(
  process.argv.slice(2),
  [...cases, ...namedCases].map(({ name }) => name),
);
const folder = mkdtempSync(join(tmpdir(), "perdure-bench-"));
const preparedFiles = createPreparedFiles(folder);
const removeFolder = () => rmSync(folder, { recursive: true, force: true });
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    killChild();
    removeFolder();
    process.exit(130);
  });
}

try {
  await runAll();
} finally {
  removeFolder();
}

async function runAll(): Promise<void> {
  const startedAt = performance.now();
  const environment = describeEnvironment(folder);
  console.log(
    Object.entries(environment)
      .map(([name, value]) => `${name}: ${value}`)
      .join("\n"),
  );
  const results: { readonly name: string; readonly seconds: number; readonly rows: readonly Row[] }[] = [];
  for (const benchCase of options.only === undefined
    ? cases
    : [...cases, ...namedCases].filter(({ name }) => options.only?.includes(name))) {
    const caseStartedAt = performance.now();
    try {
      const rows = await runCase(benchCase);
      const seconds = Math.round((performance.now() - caseStartedAt) / 1000);
      results.push({ name: benchCase.name, seconds, rows });
      console.log(`${benchCase.name}: ${seconds} s`);
    } catch (error) {
      console.error(`${benchCase.name} failed:`, error);
      process.exitCode = 1;
    }
  }
  console.log(`\n${formatTable(results.flatMap(({ rows }) => rows))}\n`);
  mkdirSync(dirname(resolve(options.json)), { recursive: true });
  const judged = results.map(({ rows, ...result }) => ({ ...result, rows: rows.map((row) => ({ ...row, verdict: judge(row) })) }));
  writeFileSync(
    options.json,
    `${JSON.stringify({ at: new Date(), isQuick: options.isQuick, environment, cases: judged }, undefined, 2)}\n`,
  );
  console.log(`${Math.round((performance.now() - startedAt) / 1000)} s; written to ${options.json}`);
}

async function runCase({ name, run }: BenchCase): Promise<readonly Row[]> {
  const caseFolder = join(folder, name);
  mkdirSync(caseFolder);
  try {
    return await run(createSession(name, { folder: caseFolder, isQuick: options.isQuick, preparedFiles }));
  } finally {
    rmSync(caseFolder, { recursive: true, force: true });
  }
}
