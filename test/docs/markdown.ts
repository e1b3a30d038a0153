import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { projectFolder } from "../support/project-folder.ts";

export { projectFolder };

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
  return [
    "README.md",
    "ARCHITECTURE.md",
    "AGENTS.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    ...docs.filter((path) => path.endsWith(".md")).map((path) => join("docs", path)),
  ].map(readPage);
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

/** A fenced block of code. */
export interface Block {
  readonly page: string;
  /** Of its opening fence, from 1. */
  readonly line: number;
  /** What stands behind the opening fence. */
  readonly language: string;
  readonly code: string;
}

export function readBlocks({ path, text }: Page): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly line: number; readonly language: string; readonly lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (!line.startsWith("```")) open?.lines.push(line);
    else if (open === undefined) open = { line: index + 1, language: line.slice(3).trim(), lines: [] };
    else {
      blocks.push({ page: path, line: open.line, language: open.language, code: open.lines.map((each) => `${each}\n`).join("") });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${path}:${open.line}: the block has no end`);
  return blocks;
}

/** Where a block stands, for messages. */
export function placeOf({ page, line }: Block): string {
  return `${page}:${line}`;
}

/** The path in the first line of a block of TypeScript, if it says that it is a file. */
export function readPath({ code }: Block): string | undefined {
  return /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
}

/** A page's text without its blocks. */
export function withoutCode(text: string): string {
  return text.replace(/```[^]*?```/g, "");
}
