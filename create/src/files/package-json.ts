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
    dependencies: sortByName({ perdure, ...rangesOf(["xstate", ...(isServed ? (["@hono/node-server", "hono"] as const) : [])]) }),
    devDependencies: sortByName(rangesOf(["@types/node", ...(isServed ? (["tsx"] as const) : []), "typescript", "vitest"])),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

function sortByName(ranges: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(ranges).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
