import { errorCodes, type ErrorCode, ProcessError } from "perdure";
import { describe, expect, test as it } from "vitest";
import { diagnosticCodes } from "../../src/definition/report/diagnostic-codes.ts";
import { headingToAnchor, readHeadings, readPage } from "./markdown.ts";

const page = readPage("docs/reference/errors.md");
const codes = Object.keys(errorCodes) as ErrorCode[];

describe("docs/reference/errors.md", () => {
  it("has a heading where ProcessError.docs points, for every code and for nothing else", () => {
    const pointedAt = codes.map((code) => new ProcessError(code, "").docs);
    expect(readHeadings(page, 2).map((heading) => `${page.path}#${headingToAnchor(heading)}`)).toEqual(pointedAt);
  });

  it("names the code itself below its heading, where a search finds it", () => {
    const named = [...page.text.matchAll(/^## .+\n\n`([A-Z_]+)`\./gm)].map(([, code]) => code);
    expect(named).toEqual(codes);
  });

  it("lists every code of a diagnostic, and no other", () => {
    const listed = [...page.text.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
    expect(listed).toEqual(Object.keys(diagnosticCodes));
  });
});
