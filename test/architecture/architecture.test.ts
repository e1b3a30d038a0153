import { describe, expect, test as it } from "vitest";
import { type Import, listFiles, listImports, readSource, roomOf, rooms } from "./rooms.ts";

const imports = listImports();
const isOurs = ({ imported }: Import) => /\.tsx?$/.test(imported);
const describeImport = ({ file, imported }: Import) => `${file} imports ${imported}`;

function findClimbs(all: readonly Import[]): readonly string[] {
  const heightOf = (file: string) => rooms.indexOf(roomOf(file) as (typeof rooms)[number]);
  return all
    .filter(isOurs)
    .filter(({ file, imported }) => heightOf(imported) > heightOf(file))
    .map(describeImport);
}

describe("the rooms of src", () => {
  it("are all in the list, and no other is", () => {
    const files = listFiles();
    expect(files.filter((file) => roomOf(file) === undefined)).toEqual([]);
    expect(rooms.filter((room) => !files.some((file) => roomOf(file) === room))).toEqual([]);
  });

  it("import downwards only, at every depth", () => {
    expect(imports.filter(isOurs).length).toBeGreaterThan(1_000);
    expect(findClimbs(imports)).toEqual([]);
  });

  it("are found out when one imports upwards, in each form of an import", () => {
    const climbs = [
      'import { a } from "../run/kernel.ts";',
      'export type { A } from "../run/kernel.ts";',
      'void import("../run/kernel.ts");',
    ];
    for (const climb of climbs) {
      const planted = listImports((file) => (file === "runtime/decide/retry.ts" ? `${climb}\n${readSource(file)}` : readSource(file)));
      expect(findClimbs(planted)).toEqual(["runtime/decide/retry.ts imports runtime/run/kernel.ts"]);
    }
  });
});

describe("a package is known to one room", () => {
  const strangers = (name: string, room: string) =>
    imports.filter(({ file, imported, isOfTypesOnly }) => imported === name && !isOfTypesOnly && roomOf(file) !== room).map(describeImport);

  it("XState to machine/, so that a new version of it changes one room", () => {
    expect(imports.some(({ file, imported }) => imported === "xstate" && roomOf(file) === "machine")).toBe(true);
    expect(strangers("xstate", "machine")).toEqual([]);
  });

  it("ELK to graph/svg/elk.ts, which loads it when an own chart or a map is drawn and not before", () => {
    const elk = imports.filter(({ imported, isOfTypesOnly }) => imported.startsWith("elkjs") && !isOfTypesOnly);
    expect(elk.map(({ file }) => file)).toEqual(["graph/svg/elk.ts"]);
    expect(readSource("graph/svg/elk.ts")).not.toMatch(/^import (?!type )[^;]*"elkjs/m);
  });

  it("SQLite's driver to store/sqlite/", () => {
    expect(strangers("better-sqlite3", "store/sqlite")).toEqual([]);
  });
});

describe("what is written", () => {
  it("is written in commit/ alone, but for what a worker notes of itself and of others", () => {
    const writes =
      /\b(?:events|mailbox|instances|commands|deadLetters|journal)\.(?:append|restore|put|remove|delay|markDrained|add|replace|setParked|settle)\(/;
    const writers = listFiles().filter((file) => file.startsWith("runtime/") && writes.test(readSource(file)));
    expect(writers).toEqual([
      "runtime/commit/accept-rows.ts",
      "runtime/commit/accept.ts",
      "runtime/commit/add-policy-attempts.ts",
      "runtime/commit/command-acceptor.ts",
      "runtime/commit/erase.ts",
      "runtime/commit/write-changes.ts",
    ]);
  });
});

describe("what decides is pure", () => {
  it("knows neither the store, nor the time, nor a logger, nor Node", () => {
    const forbidden =
      /^(store\/(?!contract)[^/]*store\.ts|store\/sqlite\/.*|platform\/(clock|logger|turn|repeat|async-context)\.ts|node:.*)$/;
    const decided = imports.filter(({ file }) => roomOf(file) === "runtime/decide");
    expect(decided.length).toBeGreaterThan(20);
    expect(decided.filter(({ imported }) => forbidden.test(imported)).map(describeImport)).toEqual([]);
    // What it takes from the store are the shapes of rows.
    expect(decided.filter(({ imported, isOfTypesOnly }) => imported.startsWith("store/") && !isOfTypesOnly).map(describeImport)).toEqual(
      [],
    );
  });
});

describe("the keyed core", () => {
  it("knows what one key has, and nothing of the store as a whole, of timers or of other workers", () => {
    const forbidden = /^(store\/(store|timers|lease|requests|retention|suspects|routes|watch)\.ts|store\/sqlite\/.*)$/;
    const ofCore = imports.filter(({ file }) => ["runtime/core", "runtime/decide", "runtime/memory"].includes(roomOf(file)!));
    expect(ofCore.length).toBeGreaterThan(50);
    const exceptions = ["runtime/decide/policy-router.ts imports store/routes.ts", "runtime/decide/router.ts imports store/routes.ts"];
    expect(ofCore.filter(({ imported }) => forbidden.test(imported)).map(describeImport)).toEqual(exceptions);
  });
});
