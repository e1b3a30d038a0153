import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { startNode } from "../support/os-process.ts";
import { until } from "../support/patience.ts";
import { projectFolder } from "../support/project-folder.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const main = join(projectFolder, "create/dist/main.js");

/** A folder with an npm of this code before all others. */
function withNpm(code: string) {
  const folder = createTemporaryFolder({ "bin/npm": `#!${process.execPath}\nconst fs = require("node:fs");\n${code}\n` });
  chmodSync(join(folder, "bin/npm"), 0o755);
  return { folder, env: { PATH: join(folder, "bin") + delimiter + process.env["PATH"] } };
}

const create = (cwd: string, env: Readonly<Record<string, string>>, folder = "shop") =>
  startNode([main, folder, "--yes", "--package-manager", "npm"], { cwd, env });

describe("create-perdure", () => {
  it("leaves nothing behind when packages cannot be installed, says what npm has said, and how to do without", async () => {
    // A registry that nobody answers for.
    const env = { npm_config_registry: "http://127.0.0.1:9/", npm_config_fetch_retries: "0", npm_config_cache: createTemporaryFolder() };
    const folder = createTemporaryFolder();
    const { code, stderr } = await create(folder, env, "apps/shop").ended;
    expect(stderr).toMatch(/nothing was made: `npm install[^`]*` ended with 1:[^]*ECONNREFUSED[^]*--no-install/);
    expect(code).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("keeps an empty folder that was there before, and empties it again", async () => {
    const { folder, env } = withNpm('if (process.argv[2] !== "--version") { fs.mkdirSync("node_modules"); process.exit(7); }');
    mkdirSync(join(folder, "shop"));
    const { code, stderr } = await create(folder, env).ended;
    expect(stderr).toContain("ended with 7");
    expect(code).toBe(1);
    expect(readdirSync(join(folder, "shop"))).toEqual([]);
  });

  it("says that there is no package manager before it makes anything", async () => {
    const folder = createTemporaryFolder();
    const { code, stderr } = await create(folder, { PATH: folder }).ended;
    expect(stderr).toMatch(/nothing was made: npm cannot be run: .*ENOENT\n {2}Install npm, .*--package-manager pnpm, .*--no-install/);
    expect(code).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const { folder, env } = withNpm(
      'if (process.argv[2] !== "--version") { fs.writeFileSync("../begun", ""); setTimeout(() => {}, 30_000); }',
    );
    const creating = create(folder, env);
    await until(() => existsSync(join(folder, "begun")));
    const { code, stderr } = await creating.stop("SIGTERM");
    expect(stderr).toContain("nothing was made: it was interrupted by SIGTERM");
    expect(code).toBe(1);
    expect(existsSync(join(folder, "shop"))).toBe(false);
  });

  it("does not end before the packages are there and the types are made", async () => {
    const { folder, env } = withNpm(
      'if (process.argv[2] !== "--version") fs.appendFileSync("../asked", process.argv.slice(2, 4).join(" ") + "\\n");',
    );
    const { code, stderr } = await create(folder, env).ended;
    expect(stderr).toMatch(/Done: shop is in shop\. Next:\n {2}cd shop\n {2}npm run dev /);
    expect(code).toBe(0);
    expect(readFileSync(join(folder, "asked"), "utf8")).toBe("install --no-audit\nrun typegen\n");
  });
});
