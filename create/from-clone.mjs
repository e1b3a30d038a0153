// `npm run create -- ../shop`: makes a project with the Perdure of this clone, packed into a tarball that then lies in the project.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const clone = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "create-perdure-"));
const run = (command, args, cwd) =>
  spawnSync(command, args, { cwd, stdio: "inherit", shell: command === "npm" && process.platform === "win32" }).status ?? 1;
try {
  // Both packages. Packing would build them as well, unless scripts are switched off.
  process.exitCode = run("npm", ["run", "--silent", "build"], clone);
  process.exitCode ||= run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], clone);
  if (process.exitCode === 0) {
    const tarball = join(
      folder,
      readdirSync(folder).find((name) => name.endsWith(".tgz")),
    );
    const main = fileURLToPath(new URL("dist/main.js", import.meta.url));
    // Paths start where the command was typed, and npm runs scripts beside package.json.
    process.exitCode = run(process.execPath, [main, "--perdure", tarball, ...process.argv.slice(2)], process.env.INIT_CWD ?? process.cwd());
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
