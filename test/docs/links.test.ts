import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { projectFolder, readAnchors, readLinks, readPage, readPages, withoutCode } from "./markdown.ts";

const links = readPages().flatMap(readLinks);

describe("a link from one page of the documentation", () => {
  it("leads to a file or folder that is there", () => {
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter(({ path }) => !existsSync(join(projectFolder, path)))).toEqual([]);
  });

  it("leads to a heading that is there, if it names one", () => {
    const missing = links.filter(({ path, anchor }) => {
      if (anchor === undefined || !path.endsWith(".md") || !existsSync(join(projectFolder, path))) return false;
      return !readAnchors(readPage(path)).has(anchor);
    });
    expect(missing).toEqual([]);
  });
});

describe("a file that a sentence names between backticks", () => {
  it("is there", () => {
    const named = readPages().flatMap(({ path, text }) =>
      [...withoutCode(text).matchAll(/`((?:src|test|bench|examples)\/[\w./-]+)`/g)].map(([, file = ""]) => ({ from: path, file })),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(({ file }) => !existsSync(join(projectFolder, file)))).toEqual([]);
  });
});

describe("docs/README.md", () => {
  it("leads to every page for users, once", () => {
    const listed = readLinks(readPage("docs/README.md")).map(({ path }) => path);
    const pages = readPages()
      .map(({ path }) => path)
      .filter((path) => path.startsWith("docs/") && path !== "docs/README.md" && !path.startsWith("docs/decisions/"));
    expect(listed.filter((path) => pages.includes(path)).toSorted()).toEqual(pages.toSorted());
  });
});
