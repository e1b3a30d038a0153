import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { packageManagers } from "../../create/src/choices.ts";
import { packPerdure, run } from "../support/installed-packages.ts";
import { startProcess } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

// From the registry, kept in npm's cache.
const PNPM = '#!/bin/sh\nexec npx --yes --prefer-offline pnpm@^10 "$@"\n';
const BINARY = "build/Release/better_sqlite3.node";

describe.runIf(process.env["PERDURE_WAYS"] !== undefined)("a project that create-perdure has made and installed", () => {
  it.each(packageManagers)(
    "with %s type-checks, passes its tests, compiles, and handles an event",
    async (name) => {
      // What npm installs is much to remove.
      const folder = createTemporaryFolder({ "bin/pnpm": PNPM }, (remove) => onTestFinished(remove, 60_000));
      chmodSync(join(folder, "bin/pnpm"), 0o755);
      const path = join(folder, "bin") + delimiter + process.env["PATH"];
      const main = join(projectFolder, "create/dist/main.js");
      const args = ["shop", "--yes", "--layout", "src", "--package-manager", name, "--perdure", await packPerdure(folder)];
      // The driver is not compiled again: its binary is the one that is here.
      const env = { PATH: path, npm_config_ignore_scripts: "true", npm_config_prefer_offline: "true" };
      await run(process.execPath, [main, ...args], folder, env);
      const project = join(folder, "shop");
      giveBinary(project);

      expect(await run(name, ["run", "check"], project, env)).toContain("1 process: 0 errors, 0 warnings");
      expect(await run(name, ["test"], project, env)).toMatch(/Tests .*3 passed/);
      await run(name, ["run", "build"], project, env);
      const perdure = join(project, "node_modules/.bin/perdure");
      const working = startProcess(perdure, ["start", "--config", "dist/perdure.config.js"], {
        cwd: project,
        input: { kind: "stays-open" },
      });
      await working.line("output", /^ready: working on 1 process/);
      expect(await run(perdure, ["send", "OrderPlaced", "order-1"], project)).toContain("accepted");
      await working.line("output", /welcome order-1/);
      expect((await working.stop("SIGTERM")).code).toBe(0);
    },
    300_000,
  );
});

/** Where the driver is that Perdure finds: pnpm has it beside Perdure, unless the project has it itself. */
function giveBinary(project: string): void {
  const own = join(project, "node_modules/better-sqlite3");
  const driver = existsSync(own) ? own : join(realpathSync(join(project, "node_modules/perdure")), "../better-sqlite3");
  mkdirSync(join(driver, "build/Release"), { recursive: true });
  copyFileSync(join(projectFolder, "node_modules/better-sqlite3", BINARY), join(driver, BINARY));
}
