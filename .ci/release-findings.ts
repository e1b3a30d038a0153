/** What is looked at before a version is published. */
export interface Release {
  readonly manifest: {
    readonly name: string;
    readonly version: string;
    readonly private?: boolean;
    readonly repository?: string | { readonly url: string };
  };
  /** The version that package-lock.json has. */
  readonly lockedVersion: string | undefined;
  readonly changelog: string;
  /** What `git status --porcelain` prints. */
  readonly changes: string;
  /** The commit that is checked out, and that of the tag of this version, if there is one. */
  readonly head: string;
  readonly tagged: string | undefined;
}

/** One thing that was looked at: what is there, and what to do where it does not hold. */
export interface ReleaseFinding {
  readonly holds: boolean;
  readonly text: string;
  readonly fix?: string;
}

/** What keeps a version from being published, and what does not. Whether it works is for the tests to say. */
export function examineRelease(release: Release): readonly ReleaseFinding[] {
  return [examineTree(release), examineVersion(release), examineLock(release), examineChangelog(release), examineManifest(release)];
}

function examineTree({ changes }: Release): ReleaseFinding {
  const files = changes.split("\n").filter((line) => line !== "");
  const [first = ""] = files;
  return files.length === 0
    ? { holds: true, text: "the working tree is clean" }
    : { holds: false, text: `the working tree has ${files.length} changes, such as ${first.slice(3)}`, fix: "Commit or stash them." };
}

function examineVersion({ manifest: { version }, tagged, head }: Release): ReleaseFinding {
  if (!/^\d+\.\d+\.\d+(?:-[a-z]+\.\d+)?$/.test(version)) {
    return { holds: false, text: `package.json has the version ${version}`, fix: "Write 1.2.3, or 1.2.3-beta.1 for a pre-release." };
  }
  if (tagged === undefined || tagged === head) return { holds: true, text: `the version is ${version}, and no other commit has it` };
  return {
    holds: false,
    text: `the tag v${version} is at another commit, ${tagged.slice(0, 8)}`,
    fix: "Run `npm version` with the next version; a published version is never published again.",
  };
}

function examineLock({ manifest: { version }, lockedVersion }: Release): ReleaseFinding {
  return lockedVersion === version
    ? { holds: true, text: "package-lock.json has the same version" }
    : { holds: false, text: `package-lock.json has the version ${lockedVersion}`, fix: "Run `npm install --package-lock-only`." };
}

function examineChangelog({ manifest: { version }, changelog }: Release): ReleaseFinding {
  const [, unreleased, ...sections] = changelog.split(/^## /m);
  const titles = sections.map((section) => section.split("\n", 1).join(""));
  const isPre = version.includes("-");
  if (unreleased === undefined || !unreleased.startsWith("[Unreleased]")) {
    return {
      holds: false,
      text: "CHANGELOG.md does not begin with a section [Unreleased]",
      fix: "Put `## [Unreleased]` above the versions.",
    };
  }
  // The changes of a pre-release stay where they are until the version itself is released.
  if (isPre) return { holds: true, text: "CHANGELOG.md has [Unreleased], which is enough for a pre-release" };
  if (titles[0]?.match(/^\[(.+)\] - \d{4}-\d{2}-\d{2}$/)?.[1] !== version) {
    return {
      holds: false,
      text: `CHANGELOG.md has no section for ${version} below [Unreleased]`,
      fix: `Write \`## [${version}] - <year>-<month>-<day>\` above what is in [Unreleased] now.`,
    };
  }
  return unreleased.replace("[Unreleased]", "").trim() === ""
    ? { holds: true, text: `CHANGELOG.md tells of ${version}` }
    : { holds: false, text: "CHANGELOG.md still has something in [Unreleased]", fix: `Move it into the section of ${version}.` };
}

function examineManifest({ manifest: { private: isPrivate, repository } }: Release): ReleaseFinding {
  if (isPrivate === true) return { holds: false, text: "package.json says private", fix: "Take `private` out." };
  const url = typeof repository === "string" ? repository : repository?.url;
  return url !== undefined && url !== ""
    ? { holds: true, text: `package.json names the repository ${url}` }
    : {
        holds: false,
        text: "package.json names no repository, and provenance compares that with where the package is made",
        fix: 'Add `"repository": { "type": "git", "url": "git+https://…" }`.',
      };
}
