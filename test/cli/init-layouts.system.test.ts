import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { planInit, type ProjectFolder } from "../../src/cli/init/plan-init.ts";
import { discoverDomain } from "../../src/definition/read/discover.ts";
import { generateTypes } from "../../src/typegen/generate-types.ts";
import { writeTypes } from "../../src/typegen/write-types.ts";
import { runNode, tsc } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const emitted = { target: "ES2023", module: "NodeNext", strict: true, skipLibCheck: true, types: ["node"], outDir: "dist" };
const server = 'import { createServer } from "node:http";\nexport const server = createServer();\n';

/** The files that `perdure init --example` writes into a project of these. */
function plan(files: Readonly<Record<string, string>>, folder: Partial<ProjectFolder> = {}): ReadonlyMap<string, string> {
  const planned = planInit({ read: (path) => files[path], hasFolder: () => false, ...folder }, { example: true });
  if ("problem" in planned) throw new Error(planned.problem);
  return new Map(planned.files.map(({ path, text }) => [path, text]));
}

const placeOfDomain = (files: ReadonlyMap<string, string>) =>
  [...files.keys()].find((path) => path.endsWith("/on-order-placed.ts"))!.replace(/\/?order\/processes.*/, "");
const tsconfig = (settings: unknown) => ({ "package.json": "{}", "tsconfig.json": JSON.stringify(settings) });

describe("the place of a first process", () => {
  it.each<[string, unknown, string]>([
    ["rootDir", { compilerOptions: { rootDir: "src" } }, "src/domain"],
    ["rootDir with a dot and a slash", { compilerOptions: { rootDir: "./source/" }, include: ["source"] }, "source/domain"],
    ["rootDir beneath", { compilerOptions: { rootDir: "packages/app" } }, "packages/app/domain"],
    ["rootDir by configDir", { compilerOptions: { rootDir: "${configDir}/src" } }, "src/domain"],
    ["one included folder", { include: ["./src/**/*.ts"] }, "src/domain"],
    ["included folders with one beginning", { include: ["src/app", "src/lib/**/*", ".perdure/types/**/*"] }, "src/domain"],
    ["included files", { include: ["src/*.ts", "src/main.ts"] }, "src/domain"],
    ["several included folders", { include: ["src", "test"] }, "domain"],
    ["rootDir here", { compilerOptions: { rootDir: "." }, include: ["src"] }, "domain"],
    ["rootDir above", { compilerOptions: { rootDir: ".." } }, "domain"],
    ["nothing", {}, "domain"],
  ])("follows %s", (_, settings, expected) => {
    const files = plan(tsconfig(settings));
    expect(placeOfDomain(files)).toBe(expected);
    expect(files.get("perdure.config.ts")).toContain(`domain: "./${expected}"`);
  });

  it("follows what the tsconfig.json inherits, and what it says itself comes first", () => {
    const bases = {
      "base/ts.json": JSON.stringify({ extends: ["../up.json"], compilerOptions: { module: "node16" } }),
      "up.json": '{ "compilerOptions": { "rootDir": "src", "module": "preserve" }, "include": ["src"] }',
    };
    const inheriting = plan({ ...tsconfig({ extends: "./base/ts" }), ...bases });
    expect(placeOfDomain(inheriting)).toBe("src/domain");
    expect(inheriting.get("src/domain/order/processes/order-lifecycle/index.ts")).toContain('"./+types/order-lifecycle.ts"');
    expect(placeOfDomain(plan({ ...tsconfig({ extends: "./base/ts", compilerOptions: { rootDir: "lib" } }), ...bases }))).toBe(
      "lib/domain",
    );
    const packaged = plan({
      ...tsconfig({ extends: "@tsconfig/node20" }),
      "node_modules/@tsconfig/node20/tsconfig.json": '{ "compilerOptions": { "module": "node16" } }',
    });
    expect(packaged.get("domain/order/processes/order-lifecycle/index.ts")).toContain('"./+types/order-lifecycle.ts"');
    expect(placeOfDomain(plan(tsconfig({ extends: "./tsconfig.json" })))).toBe("domain");
  });

  it("is the domain of a configuration that is there, unless there is something in it", () => {
    const configured = { domain: "app/model", databases: [] };
    const files = { ...tsconfig({ compilerOptions: { rootDir: "src" } }), "perdure.config.ts": "export default {};" };
    expect(placeOfDomain(plan(files, { configured }))).toBe("app/model");
    expect(
      [...plan(files, { configured, hasFolder: (path) => path === "app/model" }).keys()].filter((path) => path.includes("order")),
    ).toEqual([]);
  });
});

describe("a first tsconfig.json", () => {
  it("names the types of Node where they are installed", () => {
    const optionsOf = (files: Readonly<Record<string, string>>) =>
      (JSON.parse(plan({ "package.json": "{}", ...files }).get("tsconfig.json")!) as { compilerOptions: object }).compilerOptions;
    expect(optionsOf({ "node_modules/@types/node/package.json": "{}" })).toMatchObject({ strict: true, types: ["node"] });
    expect(optionsOf({})).not.toHaveProperty("types");
  });
});

describe("a project with a first process", () => {
  it("compiles, and to where it did before, however it is laid out", async () => {
    const layouts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      "rootDir and include": { "tsconfig.json": JSON.stringify({ compilerOptions: { ...emitted, rootDir: "src" }, include: ["src"] }) },
      "rootDir alone": {
        "tsconfig.json": JSON.stringify({ compilerOptions: { ...emitted, rootDir: "./src" } }),
        "types/global.d.ts": "declare const seen: 1;",
        "src/seen.ts": "export const one: 1 = seen;",
      },
      "rootDir inherited": {
        "tsconfig.json": '{ "extends": "./base.json" }',
        "base.json": JSON.stringify({ compilerOptions: { ...emitted, rootDir: "src" } }),
      },
    };
    const compiled = await Promise.all(
      Object.entries(layouts).map(async ([layout, files]) => [
        layout,
        ...(await initAndCompile({ "package.json": '{ "type": "module" }', "src/server.ts": server, ...files })),
      ]),
    );
    expect(compiled).toEqual(Object.keys(layouts).map((layout) => [layout, "", true]));
  });
});

/** What the compiler says afterwards, and whether the server is where it was compiled to before. */
async function initAndCompile(files: Readonly<Record<string, string>>): Promise<readonly [said: string, isThere: boolean]> {
  const root = createTemporaryFolder(files);
  const planned = plan(files);
  for (const [path, text] of planned) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  mkdirSync(join(root, "node_modules"));
  symlinkSync(projectFolder, join(root, "node_modules/perdure"));
  symlinkSync(join(projectFolder, "node_modules/@types"), join(root, "node_modules/@types"));
  const { aggregates } = await discoverDomain([join(root, placeOfDomain(planned))]);
  await writeTypes(root, generateTypes({ root, aggregates }));
  const { output: said } = await runNode([tsc, "-p", root]);
  return [said, existsSync(join(root, "dist/server.js"))];
}
