import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { type Ended, Project } from "../cli/perdure.ts";
import { runHere } from "../cli/run-here.ts";
import { openShop, place, work } from "../cli/shop.ts";
import { silentLogger } from "../support/silent-logger.ts";

const config = (text: string) => ({ "perdure.config.js": text });
const withStore = (path: string) => config(`export default { domain: "./domain", store: { path: ${JSON.stringify(path)} } };`);
const withTypes = (tsconfig: object) => ({ "tsconfig.json": JSON.stringify(tsconfig) });
const sending = ["send", "OrderPlaced", "o-1"];

describe("perdure says in a sentence what is wrong, where, and what to do, of mistake", () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[], number, string]>([
    [
      "16: a database that nobody has made yet",
      withStore("./data/shop.db"),
      ["list"],
      3,
      "error: there is no database at data/shop.db yet\n  The first `perdure start` or `perdure send` makes it, at the place that store.path in the configuration names.\n",
    ],
    [
      "17: a database that is a folder",
      withStore("./domain"),
      ["list"],
      1,
      "/domain: it is a folder (SQLITE_CANTOPEN)\n  Give store.path the name of a file, such as perdure.db in it.\n",
    ],
    [
      "17: a database that is something else",
      withStore("./package.json"),
      sending,
      1,
      "/package.json: the file is not an SQLite database (SQLITE_NOTADB)\n  Restore it from a backup, or name another file with store.path.\n",
    ],
    [
      "28: a configuration that throws",
      config('throw new Error("no secrets");'),
      sending,
      1,
      "error: perdure.config.js throws when it is loaded: no secrets (perdure.config.js:1)\n  Correct it, or what it imports.\n",
    ],
    [
      "28: a configuration that is empty",
      config(""),
      sending,
      1,
      'error: perdure.config.js exports no configuration: it has no default export\n  Write export default defineConfig({ domain: "./domain" }), with defineConfig from "perdure/config".\n',
    ],
    [
      "28: a configuration with a misspelt option",
      config('export default { domian: "./domain" };'),
      sending,
      1,
      "error: perdure.config.js: domian is not an option; did you mean domain?\n  The options of createProcessSystem are domain, importModule, definitions, ",
    ],
    [
      "28: a configuration with a folder that is not there",
      config('export default { domain: "./domin" };'),
      sending,
      1,
      "the domain folder does not exist; it was looked for at ",
    ],
    [
      "33: an unknown command",
      {},
      ["lst"],
      2,
      "error: unknown command 'lst'\n  (Did you mean list?)\nRun `perdure --help` to see how it is used.\n",
    ],
    [
      "33: an unknown option",
      {},
      ["list", "--stauts", "failed"],
      2,
      "error: unknown option '--stauts'\n  (Did you mean --status?)\nRun `perdure list --help` to see how it is used.\n",
    ],
    [
      "33: an unknown value",
      {},
      ["list", "--status", "broken"],
      2,
      "It has to be one of started, completed, timed_out, failed, cancelled.",
    ],
    [
      "34: a payload that is no JSON",
      {},
      [...sending, "--payload", "{x"],
      2,
      "It is not JSON: Expected property name or '}' in JSON at position 1",
    ],
    ["34: a payload that is a list", {}, [...sending, "--payload", "[1]"], 1, 'aggregate "o-1": payload is an array, not an object\n'],
    ["34: a payload that is null", {}, [...sending, "--payload", "null"], 1, 'aggregate "o-1": payload is null, not an object\n'],
    [
      "37: nobody to agree",
      { "package.json": "{}" },
      ["init"],
      4,
      "error: nothing was written\n  There is no terminal to ask at: add --yes to agree.\n",
    ],
  ])("%s", async (_, files, args, code, says) => {
    const ended = await runHere(new Project(files), args);
    expect(ended.stderr).toContain(says);
    expect(ended.stderr).not.toMatch(/\n\s+at .+:\d+/);
    expect(ended.code).toBe(code);
  });

  it.each<[string, Readonly<Record<string, string>>, boolean, string, string]>([
    [
      "21: a tsconfig.json without rootDirs",
      withTypes({}),
      true,
      "tsconfig.json does not lead TypeScript to the types yet.",
      "Run `perdure init`",
    ],
    ["22: types that were never generated", withTypes({}), false, "They were never generated.", "Run `perdure typegen`."],
  ])("%s", async (_, files, isGenerated, says, wayOut) => {
    const project = new Project(files);
    if (isGenerated) await runHere(project, ["typegen"]);
    const checked = await runHere(project, ["check"]);
    expect(checked.code).toBe(0);
    expect(checked.stderr).toContain(says);
    expect(checked.stderr).toContain(wayOut);
  });

  it("28: a folder that is not there is looked for where the configuration is", async () => {
    const { stderr } = await runHere(new Project(config('export default { domain: "./domin" };')), ["start"]);
    expect(stderr).toContain("relative paths start at the folder of the configuration file, in a program at the working directory.");
  });

  it("33: ids that are nobody's, with the command that lists them", async () => {
    const project = await openShop([place("o-1")]);
    const list = "  `perdure list` lists them; to name a process, add its aggregate: `perdure show <process> <aggregateId>`.\n";
    const letters = "`perdure dead-letters list`";
    for (const [args, says] of [
      [["show", "nobody"], `error: there is no instance "nobody"\n${list}`],
      [
        ["show", "order-lifecycle", "o-2"],
        'error: no instance of order/order-lifecycle has the aggregate "o-2"\n  `perdure list --process order/order-lifecycle` lists its instances.\n',
      ],
      [
        ["show", "order-lifecycel", "o-1"],
        'error: there is no process with instances "order-lifecycel"; did you mean order-lifecycle?\n  Known: order/order-lifecycle.\n',
      ],
      [["dead-letters", "retry", "nobody"], `error: there is no dead letter "nobody"\n  ${letters}, or deadLetters.list(), lists them.\n`],
    ] as const) {
      expect(await runHere(project, args)).toEqual({ code: 3, stdout: "", stderr: says } satisfies Ended);
    }
  });

  it("37: nobody to agree that dead letters are given up", async () => {
    const project = new Project({
      "domain/order/processes/order-lifecycle/on-order-placed.js": "export async function handler() { throw 1; }",
    });
    await work(project, [place("o-1")], { processes: { retry: { retryStrategy: "none" } }, logger: silentLogger });
    const { code, stderr } = await runHere(project, ["dead-letters", "discard", "--all"]);
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("Nothing was done. Add --yes to do it without being asked") as string,
    });
  });

  it("16: a database in a folder that is not there, which is made", async () => {
    const project = new Project(withStore("./data/of/shop.db"));
    expect((await runHere(project, sending)).code).toBe(0);
    expect(project.has("data/of/shop.db")).toBe(true);
  });
});

describe("perdure show, before a worker has handled anything, says what waits", () => {
  it("where an event does", async () => {
    const project = new Project();
    await runHere(project, sending);
    const { code, stderr } = await runHere(project, ["show", "order-lifecycle", "o-1"]);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: "error: there is no instance yet\n  1 event waits, and no worker has handled one: run `perdure start`.\n",
    });
  });

  it("and how to begin, where none does", async () => {
    const { stderr } = await runHere(await openShop(), ["show", "order-lifecycle", "o-1"]);
    expect(stderr).toBe(
      "error: there is no instance yet\n  An event that a process is started by begins one: `perdure send <Event> <aggregateId>`.\n",
    );
  });
});

it("perdure init says what to type next as the project's package manager wants it", async () => {
  for (const [lockfile, run] of [
    ["package-lock.json", "npx"],
    ["pnpm-lock.yaml", "pnpm"],
  ] as const) {
    const project = new Project({ "package.json": "{}" });
    rmSync(join(project.folder, "perdure.config.js"));
    mkdirSync(project.folder, { recursive: true });
    writeFileSync(join(project.folder, lockfile), "{}");
    const { stderr } = await runHere(project, ["init", "--yes"]);
    expect(stderr).toBe(`Done. Next: \`${run} perdure typegen\` for the types, \`${run} perdure check\`, then \`${run} perdure start\`.\n`);
  }
});
