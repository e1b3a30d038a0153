import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { firstProcess } from "../../src/cli/init/first-process.ts";
import { discoverDomain } from "../../src/definition/read/discover.ts";
import { generateTypes } from "../../src/typegen/generate-types.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { type Block, type Page, projectFolder, readBlocks, readPath } from "./markdown.ts";

/** A project made of the TypeScript of one page. A page that shows a file twice has one for each time. */
export interface PageProject {
  readonly page: string;
  readonly folder: string;
  /** The blocks in it, by their path from its folder. */
  readonly blocks: ReadonlyMap<string, Block>;
}

/**
 * Makes the projects of some pages side by side in a temporary folder, with `perdure` as this project, built. What a page does not show
 * itself is there: the domain of `test/docs/shop`, or the one of `perdure init --example` if the page begins with that, unless it shows a whole
 * process; the generated types if it imports from `./+types`; and a `ProcessSystem` in `system`.
 */
export async function createPageProjects(pages: readonly Page[]): Promise<readonly PageProject[]> {
  const root = createTemporaryFolder();
  linkPackages(root);
  const projects: PageProject[] = [];
  for (const page of pages) {
    for (const [edition, blocks] of splitEditions(readBlocks(page).filter(({ language }) => language === "ts")).entries()) {
      const folder = join(root, `${page.path.replaceAll("/", "~")}~${edition + 1}`);
      await writeProject(folder, page, blocks);
      projects.push({ page: page.path, folder, blocks });
    }
  }
  return projects;
}

/** By path. A file that is shown again begins an edition that differs from the one before in it. */
function splitEditions(blocks: readonly Block[]): readonly ReadonlyMap<string, Block>[] {
  const editions: Map<string, Block>[] = [];
  for (const block of blocks) {
    const path = readPath(block) ?? `block-at-line-${block.line}.ts`;
    const last = editions.at(-1);
    if (last === undefined || last.has(path)) editions.push(new Map([...(last ?? []), [path, block]]));
    else last.set(path, block);
  }
  return editions;
}

async function writeProject(folder: string, page: Page, blocks: ReadonlyMap<string, Block>): Promise<void> {
  const isTyped = [...blocks.values()].some(({ code }) => code.includes("./+types/"));
  mkdirSync(folder);
  const shown = [...blocks].map(([path, { code }]) => [path, code] as const);
  const begun = page.text.includes("$ npx perdure init --example");
  if (!begun && !standsAlone(blocks)) cpSync(join(projectFolder, "test/docs/shop/domain"), join(folder, "domain"), { recursive: true });
  const files = new Map([...(begun ? firstProcess.map(({ path, text }) => [`domain/${path}`, text] as const) : []), ...shown]);
  files.set("package.json", JSON.stringify({ type: "module" }));
  files.set("ambient.d.ts", ambient);
  files.set("tsconfig.json", JSON.stringify(describeProject(isTyped)));
  for (const [path, text] of files) writeFile(folder, path, text);
  if (!isTyped) return;
  const { aggregates } = await discoverDomain(join(folder, "domain"));
  for (const { path, text } of generateTypes({ root: folder, aggregates })) writeFile(folder, path, text);
}

/** Whether a page shows a whole process, from its config to its handlers. */
function standsAlone(blocks: ReadonlyMap<string, Block>): boolean {
  const paths = [...blocks.keys()].filter((path) => path.includes("/processes/"));
  return paths.some((path) => path.endsWith("/index.ts")) && paths.filter((path) => path.includes("/on-")).length > 2;
}

// What pages speak of without saying where it comes from.
const ambient = `
declare const system: import("perdure").ProcessSystem;
`;

function describeProject(isTyped: boolean) {
  return {
    compilerOptions: {
      target: "ES2023",
      lib: ["ES2023", "ESNext.Disposable"],
      // Typed files import theirs without an extension.
      ...(isTyped ? { module: "ESNext", moduleResolution: "bundler", rootDirs: [".", "./.perdure/types"] } : { module: "NodeNext" }),
      moduleDetection: "force",
      strict: true,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
      noEmit: true,
      skipLibCheck: true,
      types: ["node"],
      allowImportingTsExtensions: true,
    },
    include: ["**/*.ts", ".perdure/types/**/*"],
  };
}

function writeFile(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function linkPackages(folder: string): void {
  const packages = join(projectFolder, "node_modules");
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(packages)) symlinkSync(join(packages, name), join(folder, "node_modules", name));
  symlinkSync(projectFolder, join(folder, "node_modules/perdure"));
}
