// Says what keeps the version in package.json from being published. `npm run release:check` calls it; it publishes nothing.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { examineRelease, type Release } from "./release-findings.ts";

const git = (...args: readonly string[]) => execFileSync("git", args, { encoding: "utf8" }).trimEnd();
// The casts hold, because npm has read these files before.
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Release["manifest"];
const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as { readonly version?: string };
const tag = `v${manifest.version}`;

const findings = examineRelease({
  manifest,
  lockedVersion: lock.version,
  changelog: readFileSync("CHANGELOG.md", "utf8"),
  changes: git("status", "--porcelain"),
  head: git("rev-parse", "HEAD"),
  tagged: git("tag", "--list", tag) === "" ? undefined : git("rev-list", "-n", "1", tag),
});
for (const { holds, text, fix } of findings)
  process.stdout.write(`${holds ? "ok     " : "missing"}  ${text}\n${fix === undefined ? "" : `         ${fix}\n`}`);
if (findings.some(({ holds }) => !holds)) process.exitCode = 1;
