import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a user types to mend the packages of a project. */
export interface PackageManager {
  readonly name: string;
  /** Installs all that package.json and the lockfile name. */
  readonly install: string;
  /** Adds a package, such as `xstate@5`. */
  readonly add: (name: string) => string;
  /** Runs the install scripts of a package that was installed without them, as a sentence begins. */
  readonly build: (name: string) => string;
  /** Runs a program of the project's packages, such as `perdure start`. */
  readonly run: (program: string) => string;
  /** Makes the binary of a package anew, for this machine and this Node. */
  readonly rebuild: (name: string) => string;
}

/**
 * The package manager in use: that of the nearest lockfile from `folder` upwards, or else the one that runs this program, or else npm.
 * `userAgent` is what package managers tell the scripts that they run, such as `pnpm/10.12.1 npm/? node/v22.17.0 linux x64`.
 */
export function findPackageManager(
  folder: string = process.cwd(),
  userAgent: string = process.env["npm_config_user_agent"] ?? "",
): PackageManager {
  for (let current = folder; ; current = dirname(current)) {
    const found = lockfiles.find(([file]) => existsSync(join(current, file)));
    if (found !== undefined) return found[1](join(current, found[0]));
    if (dirname(current) === current) break;
  }
  const [name = "", version = ""] = userAgent.split(/[/ ]/, 2);
  if (name === "yarn") return version.startsWith("1.") ? classicYarn : yarn;
  return [pnpm, bun].find((manager) => manager.name === name) ?? npm;
}

const npm: PackageManager = {
  name: "npm",
  install: "npm install",
  add: (name) => `npm install ${name}`,
  run: (program) => `npx ${program}`,
  // Scripts may be switched off, for example in .npmrc, so the command switches them on.
  build: (name) => `run \`npm rebuild ${name} --ignore-scripts=false\``,
  rebuild: (name) => `npm rebuild ${name}`,
};

const pnpm: PackageManager = {
  name: "pnpm",
  install: "pnpm install",
  add: (name) => `pnpm add ${name}`,
  run: (program) => `pnpm ${program}`,
  build: (name) => `run \`pnpm approve-builds\` and choose ${name}`,
  rebuild: (name) => `pnpm rebuild ${name}`,
};

const yarn: PackageManager = {
  name: "yarn",
  install: "yarn install",
  add: (name) => `yarn add ${name}`,
  run: (program) => `yarn ${program}`,
  build: (name) => `set enableScripts: true in .yarnrc.yml and run \`yarn rebuild ${name}\``,
  rebuild: (name) => `yarn rebuild ${name}`,
};

const classicYarn: PackageManager = {
  ...yarn,
  build: () => "take ignore-scripts out of .yarnrc, if it is there, and run `yarn install --force`",
  rebuild: () => "yarn install --force",
};

const bun: PackageManager = {
  name: "bun",
  install: "bun install",
  add: (name) => `bun add ${name}`,
  run: (program) => `bunx ${program}`,
  build: (name) => `run \`bun pm trust ${name}\``,
  rebuild: () => "bun install --force",
};

const lockfiles: readonly (readonly [file: string, choose: (path: string) => PackageManager])[] = [
  ["pnpm-lock.yaml", () => pnpm],
  // Only the lockfile of yarn 1 says so at its beginning.
  ["yarn.lock", (path) => (readFileSync(path, "utf8").includes("yarn lockfile v1") ? classicYarn : yarn)],
  ["bun.lock", () => bun],
  ["bun.lockb", () => bun],
  ["package-lock.json", () => npm],
  ["npm-shrinkwrap.json", () => npm],
];
