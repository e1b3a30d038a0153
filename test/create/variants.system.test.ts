import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test as it } from "vitest";
import { fronts, layouts } from "../../create/src/choices.ts";
import { isLongForm, takeTurns } from "../support/long-form.ts";
import { runNode, startNode, startProcess } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { type InstalledPackages, installPackages, run } from "../support/installed-packages.ts";

let packages: InstalledPackages;
beforeAll(async () => {
  packages = await installPackages();
}, 60_000);
afterAll(() => packages.remove(), 60_000);

const isAll = isLongForm || process.env["PERDURE_WAYS"] !== undefined;
const variants = layouts.flatMap((layout) => fronts.map((http) => ({ layout, http })));

describe("a project that create-perdure has made", () => {
  it.each(isAll ? variants : takeTurns(variants, 1))(
    "with layout $layout and front $http type-checks, passes its tests, runs while it is written, and compiled in its image",
    async ({ layout, http }) => {
      const project = await makeProject(`${layout}-${http}`, ["--layout", layout, "--http", http]);
      expect(await run("npm", ["run", "check"], project)).toContain("1 process: 0 errors, 0 warnings");
      expect(await run("npm", ["test"], project)).toMatch(/Tests .*3 passed/);

      // `perdure dev` has tests of its own, and takes long.
      if (isAll) await develop(project);
      await run("npm", ["run", "build"], project);
      await runImage(project, http);
    },
    120_000,
  );
});

async function develop(project: string): Promise<void> {
  const developing = startNode([perdure(project), "dev"], { cwd: project, input: { kind: "stays-open" } });
  await developing.line("output", /works on 1 process/);
  await run(process.execPath, [perdure(project), "send", "OrderPlaced", "order-1"], project);
  await developing.line("output", /welcome order-1/);
  expect((await developing.stop("SIGTERM")).code).toBe(0);
}

const perdure = (project: string) => join(project, "node_modules/perdure/dist/cli/main.js");

async function makeProject(name: string, args: readonly string[]): Promise<string> {
  const main = join(projectFolder, "create/dist/main.js");
  const { code, output } = await runNode([main, name, ...args, "--no-install"], { cwd: packages.folder });
  if (code !== 0) throw new Error(`create-perdure ended with ${code}: ${output}`);
  const project = join(packages.folder, name);
  packages.install(project);
  return project;
}

/** Does what the Dockerfile says for its last stage, in a folder in the place of the container, and sends an event to what runs there. */
async function runImage(project: string, http: string): Promise<void> {
  const stage = readFileSync(join(project, "Dockerfile"), "utf8")
    .split(/^FROM /m)
    .at(-1)!;
  const image = `${project}-image`;
  const data = `${project}-data`;
  for (const folder of [image, data]) mkdirSync(folder);
  for (const [, from = "", to = ""] of stage.matchAll(/^COPY --from=build \/app\/(\S+) (\S+)$/gm)) {
    if (from === "node_modules") packages.install(image);
    else cpSync(join(project, from), to === "./" && from.includes(".") ? join(image, from) : join(image, to), { recursive: true });
  }
  const env = Object.fromEntries([...stage.matchAll(/(\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]));
  const given = { NODE_ENV: env["NODE_ENV"]!, PERDURE_DB: env["PERDURE_DB"]!.replace("/data", data), PORT: "0" };
  const [program, ...args] = JSON.parse(/^CMD (.*)$/m.exec(stage)![1]!) as readonly [string, ...string[]];

  const running = startProcess(program, args, { cwd: image, env: given, input: { kind: "stays-open" } });
  if (http === "hono") {
    const address = /http:\S+/.exec(await running.line("output", /takes orders/))![0];
    expect(await (await fetch(`${address}/health`)).json()).toEqual({ state: "working" });
    const sent = await fetch(`${address}/orders/order-2`, { method: "POST" });
    expect({ status: sent.status, body: await sent.json() }).toEqual({
      status: 202,
      body: { eventId: "order-2-placed", outcome: "accepted" },
    });
    expect((await fetch(`${address}/api/perdure/processes`)).status).toBe(403);
  } else {
    await running.line("output", /^ready: working on 1 process/);
    await run("node_modules/.bin/perdure", ["send", "OrderPlaced", "order-2"], image, given);
  }
  await running.line("output", /welcome order-2/);
  expect(await run("node_modules/.bin/perdure", ["list"], image, given)).toMatch(/order\/order-lifecycle +order-2 +started/);
  expect((await running.stop("SIGTERM")).code).toBe(0);
}
