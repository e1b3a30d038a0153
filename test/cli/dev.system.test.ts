import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bin, type OsProcess, startNode } from "../support/os-process.ts";
import { until } from "../support/patience.ts";
import { Project } from "./perdure.ts";
import { work } from "./shop.ts";

const placed = "domain/order/processes/order-lifecycle/on-order-placed.js";
const printing = (text: string) =>
  `export async function handler({ event }) { console.log("${text}", event.aggregateId, "pid", process.pid); }`;

async function beginToDevelop(project: Project): Promise<{ readonly dev: OsProcess; readonly page: string; readonly workerPid: number }> {
  const dev = project.open("dev");
  const page = (await dev.line("stdout", /^page +http/)).replace(/^page +/, "");
  await send(project, "order-0");
  return { dev, page, workerPid: await readPid(dev, "order-0") };
}

/** Of the worker that has handled the event. */
async function readPid(dev: OsProcess, aggregateId: string): Promise<number> {
  return Number(/pid (\d+)/.exec(await dev.line("stdout", new RegExp(`^worker +\\w+ ${aggregateId} pid`)))![1]);
}

async function send(project: Project, aggregateId: string): Promise<void> {
  expect((await project.run(["send", "OrderPlaced", aggregateId])).code).toBe(0);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const answers = (page: string) =>
  fetch(page, { redirect: "manual" }).then(
    ({ status }) => status,
    () => undefined,
  );

test("perdure dev handles the next event by the changed code, waits while a file is broken, keeps the page's address, and leaves nothing", async () => {
  const project = new Project({ [placed]: printing("first") });
  const { dev, page, workerPid } = await beginToDevelop(project);
  expect(await answers(page)).toBe(303);

  writeFileSync(join(project.folder, placed), printing("second").slice(0, -1));
  expect(await dev.line("stderr", /^dev .*changed/)).toMatch(/^dev +\S*on-order-placed\.js changed: the worker starts anew$/);
  await dev.line("stderr", /^worker .*the file throws when it is imported/);
  await dev.line("stderr", /^worker +has ended, and starts again when a file changes$/);
  expect(isAlive(workerPid)).toBe(false);
  expect(await answers(page)).toBe(303);

  writeFileSync(join(project.folder, placed), printing("second"));
  await send(project, "order-1");
  expect(await dev.line("stdout", /order-1/)).toMatch(/^worker +second order-1 /);
  const nextPid = await readPid(dev, "order-1");
  await until(
    () => answers(page),
    (status) => status === 303,
  );

  const { code, stdout } = await dev.stop("SIGINT");
  expect(code).toBe(0);
  expect(stdout.match(/^page /gm)).toHaveLength(1);
  expect([isAlive(nextPid), await answers(page)]).toEqual([false, undefined]);
});

test("perdure dev ends in order when the package manager is killed that runs it as a script, although the shell between them goes on", async () => {
  const project = new Project({ [placed]: printing("first") });
  const script = `require("node:child_process").spawn("sh", ["-c", '"$0" "$@"; true', process.execPath, ...process.argv.slice(1)], { stdio: "inherit" })`;
  const manager = startNode(["-e", script, bin, "dev"], { cwd: project.folder, env: { npm_config_user_agent: "npm/11.0.0" } });
  const page = (await manager.line("stdout", /^page +http/)).replace(/^page +/, "");
  await send(project, "order-0");
  const workerPid = await readPid(manager, "order-0");
  manager.child.kill("SIGKILL");
  await manager.line("stderr", /^dev +the program that has started it is gone/);
  await manager.line("stderr", /^dev +stopped$/);
  expect([isAlive(workerPid), await answers(page)]).toEqual([false, undefined]);
});

test("perdure dev that is killed takes its worker and its page with it", async () => {
  const project = new Project({ [placed]: printing("first"), "tsconfig.json": "{}" });
  const { dev, page, workerPid } = await beginToDevelop(project);
  expect(project.has(".perdure/types/register.d.ts")).toBe(true);
  await dev.kill();
  await until(
    async () => [isAlive(workerPid), await answers(page)],
    ([alive, status]) => alive === false && status === undefined,
  );
  // The worker has given its lease back.
  await work(project, []);
});
