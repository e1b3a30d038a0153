import { expect, test as it } from "vitest";
import { examineRelease, type Release } from "../../.ci/release-findings.ts";

const ready: Release = {
  manifest: { name: "perdure", version: "1.2.3", repository: { url: "git+https://example.org/perdure.git" } },
  lockedVersion: "1.2.3",
  changelog: "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-12-01\n\n### Added\n\n- More.\n\n## [1.2.2] - 2026-11-01\n",
  changes: "",
  head: "a".repeat(40),
  tagged: "a".repeat(40),
};

const missing = (change: Partial<Release>) => examineRelease({ ...ready, ...change }).filter(({ holds }) => !holds);

it("a version is ready when nothing is missing, and a pre-release with its changes still unreleased", () => {
  expect(missing({})).toEqual([]);
  expect(missing({ tagged: undefined })).toEqual([]);
  const changelog = ready.changelog.replace("## [1.2.3] - 2026-12-01\n", "");
  expect(missing({ changelog, manifest: { ...ready.manifest, version: "1.3.0-beta.1" }, lockedVersion: "1.3.0-beta.1" })).toEqual([]);
});

it.each<[string, Partial<Release>, string, string]>([
  ["a file that is not committed", { changes: " M src/index.ts\n" }, "the working tree has 1 changes, such as src/index.ts", "Commit"],
  ["a version that is taken", { tagged: "b".repeat(40) }, "the tag v1.2.3 is at another commit, bbbbbbbb", "the next version"],
  [
    "a version that is none",
    { manifest: { ...ready.manifest, version: "1.2" }, lockedVersion: "1.2" },
    "has the version 1.2",
    "1.2.3-beta.1",
  ],
  ["another version in the lockfile", { lockedVersion: "1.2.2" }, "package-lock.json has the version 1.2.2", "npm install"],
  [
    "no section in the changelog",
    { changelog: ready.changelog.replace("1.2.3", "1.2.1") },
    "CHANGELOG.md has no section for 1.2.3 below [Unreleased]",
    "## [1.2.3] - ",
  ],
  [
    "what is left in Unreleased",
    { changelog: ready.changelog.replace("[Unreleased]\n", "[Unreleased]\n\n- Less.\n") },
    "CHANGELOG.md still has something in [Unreleased]",
    "Move it into the section of 1.2.3.",
  ],
  [
    "no repository",
    { manifest: { name: "perdure", version: "1.2.3" } },
    "package.json names no repository, and provenance",
    '"repository"',
  ],
  ["private", { manifest: { ...ready.manifest, private: true } }, "package.json says private", "Take `private` out."],
])("a version is not ready with %s, and it is said what to do", (_, change, text, fix) => {
  const findings = missing(change);
  expect(findings[0]?.text).toContain(text);
  expect(findings[0]?.fix).toContain(fix);
});
