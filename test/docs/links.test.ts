import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { type Page, projectFolder, readAnchors, readLinks, readPage, readPages, withoutCode } from "./markdown.ts";

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

describe("a function that a sentence names beside the files it is in", () => {
  it("is in each of them", () => {
    const named = readPages().flatMap(readNamed);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ name, file }) => !readWords(file).has(name)).map(({ name, file }) => `${name} in ${file}`)).toEqual([]);
  });
});

/** Such as "`one` and `other` ([a.ts](a.ts)) in [b.ts](b.ts), [c.ts](c.ts) and [d.ts](d.ts)". */
function readNamed({ path, text }: Page): readonly { readonly name: string; readonly file: string }[] {
  const link = String.raw`\[[^\]]+\]\([^)\s]+\.tsx?\)`;
  const rest = String.raw`(?:,? (?:and )?${link})*`;
  const sentence = new RegExp(String.raw`\x60\w+\x60(?:(?:, | and )\x60\w+\x60)*(?: \(${link}\))?(?: in ${link}${rest})?`, "g");
  return [...withoutCode(text).replace(/\s+/g, " ").matchAll(sentence)].flatMap(([found]) => {
    const names = [...found.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
    return readLinks({ path, text: found }).flatMap(({ path: file }) => names.map((name) => ({ name, file })));
  });
}

function readWords(file: string): ReadonlySet<string> {
  return new Set(readFileSync(join(projectFolder, file), "utf8").match(/\w+/g));
}

describe("docs/README.md", () => {
  it("leads to every page for users, once", () => {
    const listed = readLinks(readPage("docs/README.md")).map(({ path }) => path);
    const pages = readPages()
      .map(({ path }) => path)
      .filter((path) => path.startsWith("docs/") && path !== "docs/README.md" && !path.startsWith("docs/decisions/"));
    expect(listed.filter((path) => pages.includes(path)).toSorted()).toEqual(pages.toSorted());
  });
});
