import { type Choices, sourcesOf } from "../choices.ts";
import { nodeRange, rangesOf } from "../versions.ts";

export function writePackageJson(choices: Choices): string {
  const { name, http, perdure } = choices;
  const server = `${sourcesOf(choices)}server`;
  const isServed = http === "hono";
  const content = {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    engines: { node: nodeRange },
    scripts: {
      dev: "perdure dev",
      ...(isServed && { serve: `tsx watch ${server}.ts` }),
      typegen: "perdure typegen",
      check: "perdure typegen && tsc && perdure check --strict",
      test: "vitest run",
      build: "perdure typegen && tsc -p tsconfig.build.json",
      start: isServed ? `node dist/${server}.js` : "perdure start --config dist/perdure.config.js",
    },
    dependencies: sortByName({
      perdure,
      ...rangesOf(["xstate", ...(isServed ? (["@hono/node-server", "hono"] as const) : [])]),
      ...(needsDriver(choices) && { "better-sqlite3": DRIVER_OF_NODE_20 }),
    }),
    devDependencies: sortByName(rangesOf(["@types/node", ...(isServed ? (["tsx"] as const) : []), "typescript", "vitest"])),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

// pnpm takes the newest version of a package, and leaves one that Perdure can do without out where that version is not for the Node that runs it.
const DRIVER_OF_NODE_20 = "^12.11.1";

function needsDriver({ packageManager }: Choices): boolean {
  return packageManager === "pnpm" && Number.parseInt(process.versions.node, 10) < 22;
}

function sortByName(ranges: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(ranges).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
