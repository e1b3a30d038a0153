import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Project } from "./perdure.ts";

const commented = `{
  // As strict as it gets.
  "compilerOptions": { "strict": true, "module": "ESNext", "moduleResolution": "bundler" }, // no more
}
`;

/** A project beside which nothing of Perdure has been set up yet, in the folder `new`. */
const createNew = (files: Readonly<Record<string, string>> = {}) =>
  new Project(
    Object.fromEntries(Object.entries({ "package.json": '{ "name": "new" }\n', ...files }).map(([path, text]) => [`new/${path}`, text])),
  );

const read = (project: Project, path: string) => readFileSync(join(project.folder, "new", path), "utf8");

describe("perdure init", () => {
  test("shows what it would write and writes nothing, where there is nobody to agree", async () => {
    const project = createNew({ "tsconfig.json": commented });
    const { code, stdout, stderr } = await project.run(["init"], { in: "new" });
    expect(code).toBe(4);
    expect(stdout).toMatch(
      /^change {2}package\.json: .*\nchange {2}tsconfig\.json: .*rootDirs.*\ncreate {2}\.gitignore: .*\ncreate {2}perdure\.config\.ts: .*\n$/,
    );
    expect(stderr).toContain("--yes");
    expect(project.has("new/perdure.config.ts")).toBe(false);
    expect(read(project, "tsconfig.json")).toBe(commented);
  });

  test("adds what is missing, keeps the comments, and changes nothing when it runs again", async () => {
    const project = createNew({ "tsconfig.json": commented, ".gitignore": "node_modules" });
    expect((await project.run(["init", "--example", "--yes"], { in: "new" })).code).toBe(0);
    expect(read(project, "tsconfig.json")).toMatch(/\/\/ As strict as it gets\.\n[^]*rootDirs[^]*\/\/ no more/);
    expect(read(project, ".gitignore")).toBe("node_modules\n.perdure/types/\nperdure.db*\n");
    expect(JSON.parse(read(project, "package.json"))).toMatchObject({ name: "new", scripts: { typegen: "perdure typegen" } });
    expect(project.has("new/domain/order/processes/order-lifecycle/index.ts")).toBe(true);

    const paths = ["tsconfig.json", ".gitignore", "package.json", "perdure.config.ts"];
    const before = paths.map((path) => read(project, path));
    const again = await project.run(["init", "--example", "--yes"], { in: "new" });
    expect(again).toMatchObject({ code: 0, stdout: "", stderr: "Nothing is missing.\n" });
    expect(paths.map((path) => read(project, path))).toEqual(before);
  });

  test("writes the example as the compiler of the project wants its imports", async () => {
    for (const [compilerOptions, path] of [
      [{ module: "NodeNext" }, "./+types/on-order-placed.ts"],
      [{ module: "node20" }, "./+types/on-order-placed.ts"],
      [{ module: "ESNext", moduleResolution: "bundler" }, "./+types/on-order-placed"],
    ] as const) {
      const project = createNew({ "tsconfig.json": JSON.stringify({ compilerOptions }) });
      await project.run(["init", "--example", "--yes"], { in: "new" });
      expect(read(project, "domain/order/processes/order-lifecycle/on-order-placed.ts")).toContain(`from "${path}";`);
    }
  });

  test("makes an example that can be sent an event at once", async () => {
    const project = createNew();
    await project.run(["init", "--example", "--yes"], { in: "new" });
    const sent = await project.run(["send", "OrderPlaced", "order-1"], { in: "new" });
    expect(sent.stderr).not.toContain("error");
    expect(sent.code).toBe(0);
    expect(project.has("new/perdure.db")).toBe(true);
  });

  test("leaves a domain that is there alone", async () => {
    const project = createNew({ "domain/shop/events/opened.ts": "" });
    expect((await project.run(["init", "--example", "--yes"], { in: "new" })).code).toBe(0);
    expect(project.has("new/domain/order")).toBe(false);
  });

  test("goes by the configuration that is there: its domain, its store and its file of dead letters", async () => {
    const config =
      'export default { domain: "./app/domain", store: { path: "data/shop.db" }, processes: { dlq: { path: "./letters.db" } } };';
    const project = createNew({ "perdure.config.ts": config });
    expect((await project.run(["init", "--example", "--yes"], { in: "new" })).code).toBe(0);
    expect(read(project, ".gitignore")).toBe("node_modules/\n.perdure/types/\ndata/shop.db*\nletters.db*\n");
    expect(project.has("new/app/domain/order/commands/cancel-order.ts")).toBe(true);
    expect(project.has("new/domain")).toBe(false);
  });

  test("says that it cannot load the configuration that is there, and adds what a new one would need", async () => {
    const project = createNew({ "perdure.config.ts": 'throw new Error("no secrets");' });
    const { code, stderr } = await project.run(["init", "--yes"], { in: "new" });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: perdure\.config\.ts throws when it is loaded: no secrets/);
    expect(read(project, ".gitignore")).toContain("perdure.db*");
  });

  test("names a file that it cannot read, and writes nothing", async () => {
    const project = createNew({ "tsconfig.json": "{ nonsense" });
    const { code, stderr } = await project.run(["init", "--yes"], { in: "new" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/tsconfig\.json is not a JSON object.*\n {2}Nothing was written\.\n$/);
    expect(project.has("new/perdure.config.ts")).toBe(false);
  });

  test("asks for a package.json where there is none", async () => {
    const { code, stderr } = await new Project({ "empty/note.txt": "" }).run(["init", "--yes"], { in: "empty" });
    expect(code).toBe(1);
    expect(stderr).toContain("npm init -y");
  });
});
