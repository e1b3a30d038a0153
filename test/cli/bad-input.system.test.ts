import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Ended, Project } from "./perdure.ts";
import { runHere } from "./run-here.ts";

const trace = /\n\s+at .+:\d+/;
const config = (text: string) => ({ "perdure.config.ts": text });

describe("what is wrong with the project", () => {
  test.each<[string, Readonly<Record<string, string>>, number, RegExp]>([
    ["a config that throws", config('throw new Error("no secrets");'), 1, /perdure\.config\.ts throws when it is loaded: no secrets/],
    ["a config without a default export", config("export const domain = 1;"), 1, /it has no default export\n.*export default/],
    [
      "an option that is no option",
      config('export default { domian: "./domain" };'),
      1,
      /domian is not an option; did you mean domain\?\n.*domain/,
    ],
    [
      "a store in memory",
      config('export default { domain: "./domain", store: { path: ":memory:" } };'),
      1,
      /keeps the store in memory.*\n.*store\.path/,
    ],
  ])("%s is a sentence with the way out", async (_, files, code, message) => {
    const ended = await runHere(new Project(files), ["send", "OrderPlaced", "order-1"]);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(trace);
  });

  test("shows where an error comes from only with --verbose", async () => {
    const project = new Project(config('throw new Error("no secrets");'));
    expect((await runHere(project, ["list", "--verbose"])).stderr).toMatch(trace);
  });

  test("a config that was named and is not there, or that is nowhere, is not found", async () => {
    const named = await runHere(new Project(), ["list", "--config", "other.config.ts"]);
    expect(named).toMatchObject({ code: 3, stdout: "" });
    expect(named.stderr).toContain("other.config.ts");
  });

  test("no store yet is said, and looking makes none", async () => {
    const project = new Project();
    for (const args of [["list"], ["timers"], ["dead-letters", "list"], ["stats"]]) {
      const { code, stderr } = await runHere(project, args);
      expect(code).toBe(3);
      expect(stderr).toMatch(/no database at shop\.db yet\n.*perdure start/);
    }
    expect(project.has("shop.db")).toBe(false);
  });

  test("types that were never generated are drift", async () => {
    const { code, stdout, stderr } = await runHere(new Project({ "tsconfig.json": "{}" }), ["typegen", "--check"]);
    expect(code).toBe(5);
    expect(stdout).toMatch(/^missing +\.perdure\/types\//m);
    expect(stderr).toContain("perdure typegen");
  });

  test("a tsconfig.json without rootDirs is told of when types are generated", async () => {
    const { code, stderr } = await runHere(new Project({ "tsconfig.json": "{}" }), ["typegen"]);
    expect(code).toBe(0);
    expect(stderr).toContain("perdure init");
  });

  test("a file that no process owns is an error of check, with its place", async () => {
    const { code, stdout } = await runHere(new Project({ "domain/order/processes/order-lifecycle/helpers.ts": "" }), ["check"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/helpers\.ts {2}FILE_UNEXPECTED/);
  });

  test("looking works while the domain is broken", async () => {
    const project = new Project();
    await runHere(project, ["send", "OrderPlaced", "order-1"]);
    const broken = new Project({
      "domain/order/processes/order-lifecycle/on-order-placed.ts": "export const handler = {",
      "perdure.config.ts": `export default { domain: "./domain", store: { path: ${JSON.stringify(join(project.folder, "shop.db"))} } };`,
    });
    expect(await runHere(broken, ["stats"])).toMatchObject({ code: 0 });
  });
});

describe("what is wrong with the call", () => {
  test.each<[readonly string[], number, RegExp]>([
    [["lst"], 2, /unknown command 'lst'\n {2}\(Did you mean list\?\)/],
    [["list", "--stauts", "failed"], 2, /unknown option '--stauts'\n {2}\(Did you mean --status\?\)/],
    [["list", "--status", "broken"], 2, /started, completed, timed_out, failed/],
    [["list", "--limit", "0"], 2, /whole number from 1/],
    [["send", "OrderPlaced", "o-1", "--payload", "{x"], 2, /is not JSON/],
    [["send", "OrderPlaced", "o-1", "--payload", "null"], 1, /payload is null, not an object/],
    [["send", "OrderPlaced"], 2, /perdure send OrderPlaced order-1/],
    [["send", "OrderPlcaed", "o-1"], 3, /did you mean OrderPlaced\?/],
    [["send", "--file", "nowhere.jsonl"], 3, /nowhere\.jsonl/],
    [["graph", "order-lifecylce"], 3, /order\/order-lifecycle/],
    [["graph", "order-lifecycle", "--format", "pdf"], 2, /mermaid, svg, dot, json/],
    [["graph"], 2, /Name a process, or draw the whole domain with --domain/],
    [["graph", "order-lifecycle", "--domain"], 2, /--domain draws all processes, and "order-lifecycle" names one/],
    [["graph", "--domain", "--highlight", "failed"], 2, /--highlight marks a state of one process/],
    [["graph", "--domain", "--state", "active"], 2, /--state marks a state of one process/],
    [["dead-letters", "retry"], 2, /--all/],
  ])("perdure %j ends with %i and says what to do", async (args, code, message) => {
    const ended = await runHere(new Project(), args);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(trace);
  });

  test("an id that is nobody's is not found", async () => {
    const project = new Project();
    await runHere(project, ["send", "OrderPlaced", "order-1"]);
    const endings: Ended[] = [];
    for (const args of [
      ["show", "nobody"],
      ["dead-letters", "show", "nobody"],
      ["dead-letters", "retry", "nobody"],
      ["list", "--process", "nothing"],
    ]) {
      endings.push(await runHere(project, args));
    }
    expect(endings.map(({ code }) => code)).toEqual([3, 3, 3, 3]);
    expect(endings.map(({ stderr }) => trace.test(stderr))).toEqual([false, false, false, false]);
  });
});

describe("a reader that goes away", () => {
  test("ends the command quietly", async () => {
    const project = new Project();
    const lines = Array.from({ length: 3_000 }, (_, at) => JSON.stringify({ type: "OrderPlaced", aggregateId: `order-${at}` }));
    expect((await project.run(["send", "--file", "-"], { input: lines.join("\n") })).code).toBe(0);
    const worker = await project.start("start");
    const reading = project.open("stats", "--watch", "--json");
    await reading.line();
    reading.child.stdout!.destroy();
    const { code, stderr } = await reading.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect((await worker.stop()).code).toBe(0);
  });
});
