import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { projectFolder, readAnchors, readLinks, readPage, readPages } from "./markdown.ts";

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
