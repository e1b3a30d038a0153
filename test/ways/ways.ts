import { config, domain, type Files, mailbox, program, tsconfig, under } from "./way-project.ts";

/** How a project is laid out, and what makes of it what is run. */
export interface Layout {
  readonly files: Files;
  /** Where types are generated and checked. */
  readonly typed: string;
  /** Programs of `node_modules/.bin`, or `esbuild`, with their arguments. */
  readonly build?: readonly (readonly [program: string, ...args: string[]])[];
  /** The folders and files that are all that is left before it is run, as in an image. */
  readonly kept?: readonly string[];
}

/** A program that is run, and by what. */
export interface Way {
  readonly layout: keyof typeof layouts;
  /** The reader of TypeScript, as a file below node_modules; Node itself without one. */
  readonly reader?: string;
  readonly main: string;
  /** From which version of Node on. */
  readonly from?: number;
  /** Whether CI goes this way too. */
  readonly isInCi?: boolean;
}

const emitted = { outDir: "dist", rootDir: ".", rewriteRelativeImportExtensions: true };
const plain = { noEmit: true, allowImportingTsExtensions: true };
const module = '{ "type": "module" }';

const flat: Files = {
  "package.json": module,
  "perdure.config.ts": config("./domain"),
  "main.ts": program(),
  "mailbox.ts": mailbox,
  ...under("domain", domain()),
};

const src: Files = {
  "package.json": module,
  "perdure.config.ts": config("./src/domain"),
  ...under("src", { "main.ts": program(), "mailbox.ts": mailbox, ...under("domain", domain()) }),
};

/** What docs/guides/building-and-deploying.md says. */
function bundle(sources: string): readonly [string, ...string[]] {
  const entries = [`${sources}main.ts`, "perdure.config.ts", `${sources}domain/**/*.ts`];
  const options = "--bundle --splitting --format=esm --platform=node --packages=external --outbase=. --outdir=dist";
  return ["esbuild", ...entries, ...options.split(" ")];
}

export const layouts = {
  flat: { files: { ...flat, "tsconfig.json": tsconfig(plain) }, typed: "." },
  src: { files: { ...src, "tsconfig.json": tsconfig(plain) }, typed: "." },
  "src with path aliases": {
    files: {
      ...src,
      ...under("src/domain", domain({ mailbox: "@/mailbox" })),
      "tsconfig.json": tsconfig({ ...plain, paths: { "@/*": ["./src/*"] } }),
    },
    typed: ".",
  },
  "src with imports of package.json": {
    files: {
      ...src,
      ...under("src/domain", domain({ mailbox: "#mailbox" })),
      "package.json": '{ "type": "module", "imports": { "#*": "./src/*" } }',
      "tsconfig.json": tsconfig(plain),
    },
    typed: ".",
  },
  compiled: {
    files: { ...src, "tsconfig.json": tsconfig(emitted) },
    typed: ".",
    build: [["tsc"]],
    kept: ["dist", "package.json"],
  },
  // The configuration stays, in TypeScript, and says which domain it is.
  "compiled with rootDir src": {
    files: {
      ...src,
      "perdure.config.ts": config("./src/domain").replace(
        '"./src/domain"',
        'process.env["NODE_ENV"] === "production" ? "./dist/domain" : "./src/domain"',
      ),
      "tsconfig.json": tsconfig({ ...emitted, rootDir: "src" }, ["src", ".perdure/types/**/*"]),
    },
    typed: ".",
    build: [["tsc"]],
  },
  "CommonJS, compiled": {
    files: { ...src, "package.json": "{}", "tsconfig.json": tsconfig(emitted) },
    typed: ".",
    build: [["tsc"]],
    kept: ["dist", "package.json"],
  },
  bundled: { files: { ...flat, "tsconfig.json": tsconfig(plain) }, typed: ".", build: [bundle("")], kept: ["dist", "package.json"] },
  "bundled with path aliases": {
    files: {
      ...src,
      ...under("src/domain", domain({ mailbox: "@/mailbox" })),
      "tsconfig.json": tsconfig({ ...plain, paths: { "@/*": ["./src/*"] } }),
    },
    typed: ".",
    build: [bundle("src/")],
    kept: ["dist", "package.json"],
  },
  workspace: {
    files: {
      "package.json": JSON.stringify({ private: true, workspaces: ["app", "orders"] }),
      ...under("orders", {
        "package.json": JSON.stringify({ name: "orders", type: "module", exports: "./index.ts" }),
        "index.ts": `import { fileURLToPath } from "node:url";
export { mailbox } from "./mailbox.ts";
export const domain = fileURLToPath(new URL("./domain", import.meta.url));
`,
        "perdure.config.ts": config("./domain"),
        "mailbox.ts": mailbox,
        "tsconfig.json": tsconfig(plain),
        ...under("domain", domain()),
      }),
      ...under("app", {
        "package.json": JSON.stringify({ name: "app", type: "module", dependencies: { orders: "*" } }),
        "tsconfig.json": tsconfig({ ...plain, rootDirs: ["../orders", "../orders/.perdure/types"] }, [
          "**/*",
          "../orders/.perdure/types/**/*",
        ]),
        "main.ts": program({ mailbox: "orders", ending: "", options: '{ domain, store: { path: ":memory:" } }' }).replace(
          "{ mailbox }",
          "{ domain, mailbox }",
        ),
      }),
    },
    typed: "orders",
  },
} satisfies Readonly<Record<string, Layout>>;

const jiti = "jiti/lib/jiti-cli.mjs";
const tsx = "tsx/dist/cli.mjs";
// Node reads TypeScript from 22.18 on.
const native = { from: 22 };

export const ways: readonly Way[] = [
  { layout: "flat", reader: jiti, main: "main.ts", isInCi: true },
  { layout: "flat", reader: tsx, main: "main.ts", isInCi: true },
  { layout: "flat", main: "main.ts", ...native },
  { layout: "src", reader: jiti, main: "src/main.ts" },
  { layout: "src", reader: tsx, main: "src/main.ts" },
  { layout: "src", main: "src/main.ts", ...native },
  { layout: "src with path aliases", reader: jiti, main: "src/main.ts" },
  { layout: "src with path aliases", reader: tsx, main: "src/main.ts" },
  { layout: "compiled", main: "dist/src/main.js", isInCi: true },
  { layout: "compiled with rootDir src", main: "dist/main.js" },
  { layout: "CommonJS, compiled", main: "dist/src/main.js", isInCi: true },
  { layout: "bundled", main: "dist/main.js", isInCi: true },
  { layout: "src with imports of package.json", reader: jiti, main: "src/main.ts" },
  { layout: "src with imports of package.json", reader: tsx, main: "src/main.ts" },
  { layout: "src with imports of package.json", main: "src/main.ts", ...native },
  { layout: "bundled with path aliases", main: "dist/src/main.js" },
  { layout: "workspace", reader: jiti, main: "app/main.ts" },
  { layout: "workspace", reader: tsx, main: "app/main.ts" },
  { layout: "workspace", main: "app/main.ts", ...native },
];
