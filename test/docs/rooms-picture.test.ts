import { describe, expect, test as it } from "vitest";
import { listFiles, listImports } from "../architecture/rooms.ts";
import { placeOf, readBlocks, readPages } from "./markdown.ts";

type Arrows = ReadonlyMap<string, ReadonlySet<string>>;

const pictures = readPages()
  .flatMap(readBlocks)
  .filter(({ language, code }) => language === "mermaid" && code.startsWith("flowchart "));
const [picture] = pictures;
const lines = picture?.code.trimEnd().split("\n").slice(1) ?? [];

describe("the picture of the rooms in ARCHITECTURE.md", () => {
  it("is the one flowchart of the documentation, and Mermaid can draw it", () => {
    expect(pictures.map(placeOf)).toEqual([expect.stringMatching(/^ARCHITECTURE\.md:/)]);
    // `graph`, `end` and the like are words of Mermaid and cannot name a box.
    expect(
      lines.filter((line) => !/^ {2}(?!graph\b|end\b)\w+(?:\["[\w./]+"\])? --> (?!graph\b|end\b)\w+(?:\["[\w./]+"\])?$/.test(line)),
    ).toEqual([]);
  });

  it("shows every room", () => {
    expect(new Set(labels().values())).toEqual(new Set(listFiles().map(labelOf)));
  });

  it("has an arrow for each import that the other arrows do not imply, and no other", () => {
    expect(drawnArrows().toSorted()).toEqual(reduce(readArrows()).toSorted());
  });
});

/** What is written in each box, by the name that the picture gives the box. */
function labels(): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap((line) => [...line.matchAll(/(\w+)\["([^"]+)"\]/g)].map(([, name = "", label = ""]) => [name, label] as const)),
  );
}

function drawnArrows(): readonly string[] {
  return lines.map((line) => {
    const [from = "", to = ""] = line.split(" --> ").map((end) => labels().get(/\w+/.exec(end)?.[0] ?? "") ?? "a box without a label");
    return `${from} --> ${to}`;
  });
}

/** The folder or file right below `src` that a file belongs to. */
function labelOf(file: string): string {
  const [top = "", ...rest] = file.split("/");
  return rest.length === 0 ? top : `${top}/`;
}

function readArrows(): Arrows {
  const files = new Set(listFiles());
  const arrows = new Map<string, Set<string>>();
  for (const { file, imported } of listImports()) {
    const [from, to] = [labelOf(file), labelOf(imported)];
    if (!files.has(imported) || from === to) continue;
    arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
  }
  return arrows;
}

/** The arrows without those that lead where a longer way leads as well. */
function reduce(arrows: Arrows): readonly string[] {
  const leadsTo = (from: string, to: string): boolean => [...(arrows.get(from) ?? [])].some((next) => next === to || leadsTo(next, to));
  return [...arrows].flatMap(([from, tos]) =>
    [...tos].filter((to) => ![...tos].some((other) => other !== to && leadsTo(other, to))).map((to) => `${from} --> ${to}`),
  );
}
