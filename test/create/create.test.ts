import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { firstProcess } from "../../src/cli/init/first-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { create, listFiles } from "./desk.ts";

/** An empty folder as the working directory for the rest of the test. */
function enterFolder(): string {
  const folder = createTemporaryFolder();
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(folder);
  return folder;
}

const readJson = (folder: string, path: string) =>
  JSON.parse(readFileSync(join(folder, path), "utf8")) as Readonly<Record<string, unknown>>;

describe("create-perdure", () => {
  it("asks for the folder, the layout and the front, takes what is usual for an empty answer, and asks again for one that it does not know", async () => {
    const folder = enterFolder();
    const { exitCode, said } = await create(["--no-install"], ["shop", "both", "src", ""]);
    expect(exitCode).toBe(0);
    expect(said).toMatch(/^In which folder\? .*Where do sources lie.*Answer flat or src\.\n.*Where do sources lie.*An HTTP front/s);
    expect(readJson(folder, "shop/package.json")).toMatchObject({ name: "shop" });
    expect(listFiles(join(folder, "shop"))).toContain("src/domain/order/processes/order-lifecycle/index.ts");
    expect(listFiles(join(folder, "shop"))).not.toContain("src/server.ts");
  });

  it("asks only what options leave open, and nothing with --yes", async () => {
    const folder = enterFolder();
    expect((await create(["one", "--http", "hono", "--no-install"], [""])).said).toMatch(
      /^Where do sources lie[^]*\(flat\) Done: one is in one\./,
    );
    expect((await create(["two", "--layout", "src", "--http", "none", "--no-install"])).said).toMatch(/^Done: two is in two\. Next:/);
    expect((await create(["--yes", "--no-install"])).said).toMatch(/^Done: my-process is in my-process\./);
    expect(readdirSync(folder).toSorted()).toEqual(["my-process", "one", "two"]);
  });

  it("makes the first process that `perdure init --example` makes, to the letter", async () => {
    const folder = enterFolder();
    await create(["shop", "--yes", "--no-install"]);
    // Its tsconfig.json wants the extensions of files in imports.
    const expected = firstProcess.map(({ path, text }) => [path, text.replace(/"(\.\/\+types\/[^"]+)"/g, '"$1.ts"')]);
    const made = listFiles(join(folder, "shop/domain")).map((path) => [path, readFileSync(join(folder, "shop/domain", path), "utf8")]);
    expect(Object.fromEntries(made)).toEqual(Object.fromEntries(expected));
  });

  it("keeps data, packages and what is generated out of git and out of the image", async () => {
    const folder = enterFolder();
    await create(["shop", "--yes", "--no-install"]);
    const linesOf = (path: string) =>
      readFileSync(join(folder, "shop", path), "utf8")
        .trim()
        .split("\n");
    expect(linesOf(".gitignore")).toEqual(["node_modules/", "dist/", ".perdure/types/", "perdure.db*"]);
    expect(linesOf(".dockerignore")).toEqual(expect.arrayContaining(["node_modules", "perdure.db*"]));
  });

  it("goes by the package manager that runs it, and lets pnpm build the driver", async () => {
    const folder = enterFolder();
    const before = process.env["npm_config_user_agent"];
    onTestFinished(() => {
      if (before === undefined) delete process.env["npm_config_user_agent"];
      else process.env["npm_config_user_agent"] = before;
    });
    process.env["npm_config_user_agent"] = "pnpm/10.12.1 npm/? node/v22.17.0 linux x64";
    expect((await create(["shop", "--yes", "--no-install"])).said).toContain("  pnpm install\n  pnpm run dev ");
    expect(readFileSync(join(folder, "shop/pnpm-workspace.yaml"), "utf8")).toContain("  - better-sqlite3\n");
    expect(readFileSync(join(folder, "shop/Dockerfile"), "utf8")).toMatch(
      /npm install --global pnpm\n[^]*pnpm-lock\.yaml[^]*pnpm install --frozen-lockfile/,
    );
    await create(["other", "--yes", "--no-install", "--package-manager", "npm"]);
    expect(existsSync(join(folder, "other/pnpm-workspace.yaml"))).toBe(false);
  });

  it("puts the tarball that it is given into the project, and where the image is built", async () => {
    const folder = enterFolder();
    writeFileSync("perdure-0.1.0.tgz", "packed");
    await create(["shop", "--yes", "--no-install", "--perdure", "perdure-0.1.0.tgz"]);
    expect(readFileSync(join(folder, "shop/perdure-0.1.0.tgz"), "utf8")).toBe("packed");
    expect(readJson(folder, "shop/package.json")).toMatchObject({ dependencies: { perdure: "file:perdure-0.1.0.tgz" } });
    expect(readFileSync(join(folder, "shop/Dockerfile"), "utf8")).toContain("COPY package.json package-lock.json perdure-0.1.0.tgz ./");
  });

  it("depends on what Perdure is tested with, and on its own version of Perdure", async () => {
    const folder = enterFolder();
    await create(["shop", "--yes", "--http", "hono", "--no-install"]);
    const own = readJson(join(import.meta.dirname, "../.."), "package.json") as Readonly<Record<"version" | "devDependencies", never>>;
    const { dependencies, devDependencies } = readJson(folder, "shop/package.json") as Readonly<
      Record<string, Readonly<Record<string, string>>>
    >;
    expect(dependencies!["perdure"]).toBe(`^${own.version as string}`);
    const { perdure: _, ...others } = { ...dependencies, ...devDependencies };
    expect(own.devDependencies).toMatchObject(others);
    expect(readJson(join(import.meta.dirname, "../.."), "create/package.json")["version"]).toBe(own.version);
  });
});

describe("create-perdure makes nothing, and says what, where and what to do instead,", () => {
  const cases: readonly (readonly [what: string, args: readonly string[], exitCode: number, refusal: RegExp])[] = [
    [
      "without a terminal",
      ["shop", "--http", "none"],
      4,
      /it is not said where sources lie, and there is no terminal[^]*--layout[^]*--yes/,
    ],
    ["in a folder with something in it", ["full", "--yes"], 4, /something in full already: a and 1 more[^]*npx perdure init --example/],
    ["in the place of a file", ["full/a", "--yes"], 4, /full\/a is a file[^]*not there yet/],
    ["beneath a file", ["full/a/shop", "--yes", "--no-install"], 1, /full\/a\/shop cannot be made: [^]*Name a folder/],
    [
      "for a name that no package may have",
      ["My Shop", "--yes"],
      2,
      /cannot be "My Shop": it has to consist of small letters[^]*--name my-shop\./,
    ],
    ["for a name without letters", ["shop", "--yes", "--name", "日本"], 2, /cannot be "日本"[^]*--name my-process/],
    ["for a name that is too long", ["shop", "--yes", "--name", "a".repeat(215)], 2, /has 215 letters, and may have 214/],
    [
      "for the name of a package that it needs",
      ["xstate", "--yes"],
      2,
      /"xstate": it is a package that the project depends on[^]*--name my-xstate/,
    ],
    ["for a name of Node's", ["shop", "--yes", "--name", "fs"], 2, /"fs": it is reserved for Node/],
    ["with an unknown option", ["shop", "--layuot", "src"], 2, /unknown option '--layuot'[^]*Did you mean --layout/],
    [
      "with an unknown value",
      ["shop", "--http", "express"],
      2,
      /'--http <front>' argument 'express' is invalid\. Allowed choices are none, hono/,
    ],
    ["with another package manager", ["shop", "--package-manager", "yarn"], 2, /Allowed choices are npm, pnpm/],
    ["with a second folder", ["shop", "other", "--yes"], 2, /too many arguments/],
    ["for a tarball that is not there", ["shop", "--yes", "--perdure", "gone.tgz"], 3, /there is no tarball gone\.tgz[^]*npm pack/],
  ];
  it.each(cases)("%s", async (_, args, exitCode, refusal) => {
    const folder = enterFolder();
    mkdirSync("full");
    writeFileSync("full/a", "");
    writeFileSync("full/b", "");
    const ended = await create(args);
    expect(ended.refusal).toMatch(refusal);
    expect(ended.exitCode).toBe(exitCode);
    expect(listFiles(folder)).toEqual(["full/a", "full/b"]);
    expect(readdirSync(folder)).toEqual(["full"]);
  });

  it("when whoever is asked leaves", async () => {
    const folder = enterFolder();
    expect(await create(["--no-install"], ["shop"])).toMatchObject({
      exitCode: 4,
      refusal: "nothing was made: the questions were not answered",
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});
