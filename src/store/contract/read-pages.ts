import assert from "node:assert/strict";

// No rule has as many pages, so a store whose pages do not come to an end fails the rule instead of running for ever.
const MOST_PAGES = 100;

/** Reads page by page, each after the last row of the page before, until a page is empty. */
export function readPages<Row>(read: (last: Row | undefined) => readonly Row[]): readonly Row[] {
  const rows: Row[] = [];
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = read(rows.at(-1));
    if (page.length === 0) return rows;
    rows.push(...page);
  }
  return assert.fail("the pages do not come to an end");
}
