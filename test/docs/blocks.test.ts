import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { planProject } from "../../create/src/plan-project.ts";
import { drawMermaid } from "../../src/graph/draw-mermaid.ts";
import { describeExample, findInExample } from "../graph/example.ts";
import { type Block, placeOf, projectFolder, readBlocks, readPage, readPages, readPath } from "./markdown.ts";

const blocks = readPages().flatMap(readBlocks);
const inLanguage = (language: string) => blocks.filter((block) => block.language === language);

// Each with the test that holds it to the code.
const languages: Readonly<Record<string, string>> = {
  ts: "typescript.test.ts",
  sh: "commands.test.ts",
  sql: "tables.test.ts",
  python: "python.test.ts",
  text: "session.test.ts and cli-page.test.ts for what commands print, testing-guide.test.ts for a failing test, this one for trees",
  json: "this one",
  md: "this one",
  dockerfile: "this one",
  mermaid: "this one, rooms-picture.test.ts for flowcharts, and lifecycle-picture.test.ts",
};

const playedPages = ["docs/getting-started.md", "docs/reference/cli.md"];
// What a test of the page fails with, compared in testing-guide.test.ts.
const failurePages = ["docs/guides/testing.md"];

describe("a block of code in the documentation", () => {
  it("says in which language it is, and somebody checks that language", () => {
    expect(blocks.length).toBeGreaterThan(100);
    expect(
      blocks.filter(({ language }) => languages[language] === undefined).map((block) => `${placeOf(block)} ${block.language}`),
    ).toEqual([]);
  });

  it("of text is what a command printed, on a page whose commands are typed by a test, what a test says that fails, or a tree", () => {
    const isPlayed = ({ page, code }: Block) => (code.startsWith("$ ") && playedPages.includes(page)) || failurePages.includes(page);
    const isTree = (block: Block) => !block.code.startsWith("$ ") && readTree(block).length > 1;
    expect(
      inLanguage("text")
        .filter((block) => !isPlayed(block) && !isTree(block))
        .map(placeOf),
    ).toEqual([]);
  });

  it("with a tree names files and folders that are there, in this project or on the same page", () => {
    const trees = inLanguage("text").filter(({ code, page }) => !code.startsWith("$ ") && !failurePages.includes(page));
    const missing = trees.flatMap((tree) => {
      const shown = new Set(readBlocks(readPage(tree.page)).map(readPath));
      const named = readTree(tree).filter((path) => !path.includes("<"));
      const isShown = (path: string) => [...shown].some((each) => each === path || each?.startsWith(`${path}/`));
      return named.filter((path) => !existsSync(join(projectFolder, path)) && !isShown(path)).map((path) => `${placeOf(tree)} ${path}`);
    });
    expect(missing).toEqual([]);
  });

  it("of JSON is JSON", () => {
    expect(
      inLanguage("json")
        .filter(({ code }) => !isJson(code))
        .map(placeOf),
    ).toEqual([]);
  });

  it("of a Dockerfile is what create-perdure writes for the project of the page", () => {
    const usual = { folder: "shop", name: "shop", layout: "src", http: "none", packageManager: "npm", perdure: "^0.1.0" } as const;
    const written = planProject(usual).get("Dockerfile")!;
    expect(inLanguage("dockerfile").map(({ code }) => code)).toEqual([written]);
  });

  it("of Markdown refers to files that are there", () => {
    const targets = inLanguage("md").flatMap((block) =>
      [...block.code.matchAll(/\]\(([^)#]+)\)/g)].map(([, path = ""]) => join(dirname(block.page), path)),
    );
    expect(targets.length).toBeGreaterThan(0);
    expect(targets.filter((path) => !existsSync(join(projectFolder, path)))).toEqual([]);
  });

  it("of Mermaid is a state diagram that a process of this project gives, a sequence whose participants were introduced, or a flowchart", async () => {
    const drawn = drawMermaid(await describeExample(), { found: await findInExample() });
    const isState = ({ code }: Block) => code.startsWith("stateDiagram-v2\n");
    const isFlowchart = ({ code }: Block) => code.startsWith("flowchart ");
    const isLifecycle = ({ code }: Block) => code.includes("[*] --> created");
    const pictures = inLanguage("mermaid").filter((block) => !isFlowchart(block) && !isLifecycle(block));
    const states = pictures.filter(isState);
    const sequences = pictures.filter((block) => !isState(block));
    expect(states.map(({ code }) => code)).toEqual(states.map(() => drawn));
    expect(sequences.length).toBeGreaterThan(1);
    expect(sequences.flatMap(({ code }) => findSequenceProblems(code))).toEqual([]);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The paths in a tree that shows depth by two spaces, and says behind two more what a file is for. */
function readTree({ code }: Block): readonly string[] {
  const parents: string[] = [];
  return code
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const depth = /^ */.exec(line)![0].length / 2;
      const name = line
        .trim()
        .split(/\s{2,}/)[0]!
        .replace(/\/$/, "");
      parents.splice(depth, Infinity, name);
      return parents.join("/");
    })
    .filter((path) => !path.includes(" "));
}

/** Lines that Mermaid would not draw, or would draw with a participant that nobody introduced. */
function findSequenceProblems(code: string): readonly string[] {
  const [first = "", ...lines] = code.trimEnd().split("\n");
  const participants = new Set(lines.flatMap((line) => /^ {2}participant (\w+)(?: as [\w ]+)?$/.exec(line)?.[1] ?? []));
  const isKnown = (line: string) => {
    const [, from = "", to = ""] = /^ {2}(\w+)--?>>(\w+): [^;#]+$/.exec(line) ?? [];
    return participants.has(from) && participants.has(to);
  };
  return [...(first === "sequenceDiagram" ? [] : [first]), ...lines.filter((line) => !line.startsWith("  participant ") && !isKnown(line))];
}
