import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { discoverDomain } from "../../src/definition/read/discover.ts";
import { generateTypes } from "../../src/typegen/generate-types.ts";
import { writeTypes } from "../../src/typegen/write-types.ts";
import { runNode, tsc } from "../support/os-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** A copy of the shop with its types generated, in which `perdure` is this project as others see it: by its declarations. */
export async function createShop(): Promise<string> {
  const root = createTemporaryFolder({ "package.json": JSON.stringify({ type: "module" }) });
  cpSync(fileURLToPath(new URL("shop", import.meta.url)), root, { recursive: true });
  symlinkSync(join(project, "node_modules"), join(root, "node_modules"));
  const { aggregates } = await discoverDomain([join(root, "domain"), join(root, "rejected")]);
  await writeTypes(root, generateTypes({ root, aggregates }));
  return root;
}

/** What the compiler says of the shop. Its own declarations are made first, because sources would be checked against the shop's register. */
export async function typeCheckShop(root: string): Promise<string> {
  await compile("-p", join(project, "tsconfig.build.json"), "--emitDeclarationOnly", "--outDir", join(root, "perdure"));
  mkdirSync(join(root, "perdure"), { recursive: true });
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify(tsconfig));
  return compile("--noEmit", "-p", root);
}

/** What the compiler says of the program in `code-alone`, which has no folders, and registers its events and commands itself. It needs the declarations of the shop. */
export async function typeCheckCodeAlone(root: string): Promise<string> {
  const config = join(root, "tsconfig.code-alone.json");
  writeFileSync(config, JSON.stringify({ ...tsconfig, include: ["code-alone"] }));
  return compile("--noEmit", "-p", config);
}

const tsconfig = {
  compilerOptions: {
    target: "ES2023",
    lib: ["ES2023", "ESNext.Disposable"],
    module: "ESNext",
    moduleResolution: "bundler",
    rootDirs: [".", "./.perdure/types"],
    types: ["node"],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    paths: {
      perdure: ["./perdure/index.d.ts"],
      "perdure/testing": ["./perdure/testing/index.d.ts"],
      "perdure/config": ["./perdure/config.d.ts"],
    },
  },
  include: ["domain", "rejected", "*.ts"],
};

async function compile(...args: readonly string[]): Promise<string> {
  return (await runNode([tsc, ...args])).output;
}
