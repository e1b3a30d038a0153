// Makes create/dist/main.js, which needs no other package: `npm create` would have to install that first. `npm run build` calls this file.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = new URL("./", import.meta.url);
await build({
  absWorkingDir: fileURLToPath(folder),
  entryPoints: ["src/main.ts"],
  outdir: fileURLToPath(new URL("dist/", folder)),
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  // jsonc-parser: its other form cannot be bundled.
  mainFields: ["module", "main"],
  // Packages that are CommonJS require modules of Node's.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  logLevel: "warning",
});
