import { execFile } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test as it } from "vitest";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { projectFolder, readFiles, readPage } from "./markdown.ts";

const files = readFiles(readPage("README.md"));
const entries = { perdure: join(projectFolder, "dist/index.js"), "perdure/testing": join(projectFolder, "dist/testing/index.js") };

/** A project with the files of the README, in which `perdure` is this project, built. */
function createProject(): string {
  const folder = createTemporaryFolder({ "package.json": JSON.stringify({ type: "module" }), ...files });
  symlinkSync(join(projectFolder, "node_modules"), join(folder, "node_modules"));
  return folder;
}

async function runNode(folder: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, JITI_ALIAS: JSON.stringify(entries), NO_COLOR: "1" };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder, env }).catch(
    (error: Error & { readonly stdout: string; readonly stderr: string }) => {
      throw new Error(`${args.join(" ")} failed:\n${error.stdout}${error.stderr}`);
    },
  );
  return stdout + stderr;
}

const run = (folder: string, file: string) => runNode(folder, "node_modules/jiti/lib/jiti-cli.mjs", file);

describe("the code in README.md", () => {
  it("type-checks in a strict project", async () => {
    const folder = createProject();
    const compilerOptions = {
      target: "ES2023",
      lib: ["ES2023", "ESNext.Disposable"],
      module: "NodeNext",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ["node"],
      allowImportingTsExtensions: true,
      paths: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, [path.replace(/js$/, "d.ts")]])),
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["**/*.ts"] }));
    expect(await runNode(folder, "node_modules/typescript/bin/tsc", "-p", ".")).toBe("");
  });

  it("runs: the event is accepted once, and is a duplicate when the program runs again", async () => {
    const folder = createProject();
    const first = await run(folder, "main.ts");
    expect(first).toMatch(/^accepted\nstarted \d{4}-/);
    expect(await run(folder, "main.ts")).toBe(first.replace("accepted", "duplicate"));
  });

  it("walks through the chart to the state that it says", async () => {
    expect(await run(createProject(), "chart.ts")).toBe("started\nstarted\ntimed_out\n");
  });

  it("tests what it says it tests", async () => {
    expect(await run(createProject(), "order-lifecycle.test.ts")).toMatch(/pass 1\n[^]*fail 0\n/);
  });
});
