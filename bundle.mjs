// Makes the package's JavaScript, dist/**/*.js: each entry with its own code and chunks for what entries share. `npm run build` calls it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("./", import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
const toSource = (built) => built.replace(/^\.\/dist\/(.*)\.js$/, "src/$1.ts");

const entryPoints = [
  ...Object.values(exports).flatMap((entry) => (typeof entry === "string" ? [] : [toSource(entry.default)])),
  "src/cli/main.ts",
  // Tests start OS processes that reach these from the inside.
  "src/definition/read/import-module.ts",
  "src/runtime/core/rejections.ts",
  "src/system/create-process-system.ts",
  "src/system/load-config.ts",
];

const out = new URL("dist/", root);
await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints,
  outbase: "src",
  outdir: fileURLToPath(out),
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  packages: "external",
  // The package's `sideEffects` name built files, and here are sources: each file that is imported counts.
  ignoreAnnotations: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  sourcemap: true,
  // The package brings the sources that the maps name, so that a stack leads to a file that is there.
  sourcesContent: false,
  logLevel: "warning",
});
