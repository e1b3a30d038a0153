import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fastGlob from "fast-glob";
import { expect, onTestFinished, test as it } from "vitest";
import { runNode } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { createProject } from "./installed-project.ts";

interface Manifest {
  readonly dependencies: object;
  readonly optionalDependencies?: object;
  readonly peerDependencies: object;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
  readonly sideEffects: readonly string[];
}

const manifest = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as Manifest;

it("nobody who installs Perdure gets anything of Restate", () => {
  const installed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  const peers = Object.keys(manifest.peerDependencies).filter((name) => manifest.peerDependenciesMeta[name]?.optional !== true);
  expect([...installed, ...peers].filter((name) => name.startsWith("@restatedev/"))).toEqual([]);
  // A bundler would leave out a file that only changes something when it is loaded.
  for (const path of manifest.sideEffects) expect(fastGlob.sync(path, { cwd: projectFolder })).toHaveLength(1);
});

it("without Restate's SDK a project runs as before, dispatches to Restate, and hears how to install it where handlers would run", async () => {
  const { folder } = createProject();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, "main.mjs"),
    `import { createProcessSystem } from "perdure";
    import { connectRestate, createRestateServices, serveRestate } from "perdure/restate";
    const commands = { sendWelcomeEmail: () => {} };
    const system = await createProcessSystem({ domain: "./domain", commands });
    await system.start();
    console.log((await system.dispatch({ type: "OrderPlaced", aggregateId: "order-1" })).outcome);
    await system.stop();
    const tell = ({ code, message }) => console.log(code, message);
    await serveRestate({ domain: "./domain", commands }).catch(tell);
    await createRestateServices({ domain: "./domain", commands }).catch(tell);
    await connectRestate({ domain: "./domain", commands, ingress: "http://127.0.0.1:1" }).catch(({ code }) => console.log(code));`,
  );
  const { code, stdout, stderr } = await runNode(["main.mjs"], { cwd: folder });
  const told = "RESTATE_SDK_UNUSABLE @restatedev/restate-sdk is not installed, but handlers cannot run on Restate without it";
  const hint = "  Run `pnpm add @restatedev/restate-sdk@1`.";
  expect([stdout.split("\n"), stderr, code]).toEqual([["accepted", told, hint, told, hint, "RESTATE_UNREACHABLE", ""], "", 0]);
});
