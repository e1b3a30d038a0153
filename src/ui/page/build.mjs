// Makes one file of the page, with its script and its style in it: dist/ui/page.html. `npm run build` calls it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const LARGEST_BYTES = 250_000;

const here = new URL("./", import.meta.url);
const out = new URL("../../../dist/ui/page.html", here);

const bundle = async (entry) => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, here))],
    bundle: true,
    minify: true,
    write: false,
    target: ["chrome109", "firefox115", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "error",
  });
  return outputFiles[0].text.trim();
};

const [script, style] = await Promise.all([bundle("main.tsx"), bundle("style.css")]);
for (const [what, text, end] of [
  ["script", script, "</script"],
  ["style", style, "</style"],
]) {
  if (text.toLowerCase().includes(end)) throw new Error(`the page's ${what} has ${end} in it, which would end it`);
}
// A replacement that is a function is taken as it is, whatever `$` there is in it.
const html = readFileSync(new URL("page.html", here), "utf8")
  .replace("<style></style>", () => `<style>${style}</style>`)
  .replace("<script></script>", () => `<script>${script}</script>`);
const size = Buffer.byteLength(html);
if (size > LARGEST_BYTES) throw new Error(`the page has ${size} bytes, which is more than ${LARGEST_BYTES}`);
mkdirSync(new URL("./", out), { recursive: true });
writeFileSync(out, html);
