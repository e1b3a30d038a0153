import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const projectFolder = fileURLToPath(new URL("../..", import.meta.url));

/** A page of the documentation, by its path from the project's folder. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(projectFolder, path), "utf8") };
}

/** The pages for readers: those beside package.json and all below docs/. */
export function readPages(): readonly Page[] {
  const docs = readdirSync(join(projectFolder, "docs"), { recursive: true, encoding: "utf8" });
  return ["README.md", "ARCHITECTURE.md", "AGENTS.md", ...docs.filter((path) => path.endsWith(".md")).map((path) => join("docs", path))].map(readPage);
}

/** The headings of one level, `#` being 1. */
export function readHeadings({ text }: Page, level: number): readonly string[] {
  return withoutCode(text)
    .split("\n")
    .filter((line) => line.startsWith(`${"#".repeat(level)} `))
    .map((line) => line.slice(level + 1).trim());
}

/** The anchor that a heading has on GitHub. */
export function headingToAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

export function readAnchors(page: Page): ReadonlySet<string> {
  return new Set([1, 2, 3, 4].flatMap((level) => readHeadings(page, level).map(headingToAnchor)));
}

/** A link to something in this project. */
export interface Link {
  readonly from: string;
  /** From the project's folder. */
  readonly path: string;
  readonly anchor: string | undefined;
}

export function readLinks({ path, text }: Page): readonly Link[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = "", anchor] = target.split("#");
      return { from: path, path: file === "" ? path : relative(projectFolder, join(projectFolder, dirname(path), file)), anchor };
    });
}

/** The TypeScript in a page that says in its first line which file it is. */
export function readFiles({ text }: Page): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/```ts\n\/\/ (\S+\.ts)\n([^]*?)```/g)].map(([, path = "", code = ""]) => [path, code]));
}

function withoutCode(text: string): string {
  return text.replace(/```[^]*?```/g, "");
}
