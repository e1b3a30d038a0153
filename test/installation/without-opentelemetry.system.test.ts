import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test as it } from "vitest";
import { runNode } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { createProject } from "./installed-project.ts";

interface Manifest {
  readonly dependencies: object;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}

it("nobody who installs Perdure gets anything of OpenTelemetry", () => {
  const { dependencies, peerDependenciesMeta } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as Manifest;
  expect(Object.keys(dependencies).filter((name) => name.startsWith("@opentelemetry/"))).toEqual([]);
  expect(peerDependenciesMeta["@opentelemetry/api"]).toEqual({ optional: true });
});

it("without OpenTelemetry's API a project runs as before, and hears how to install it where telemetry is made", async () => {
  const { folder } = createProject();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, "main.mjs"),
    `import { createProcessSystem } from "perdure";
    import { createTelemetry } from "perdure/opentelemetry";
    const system = await createProcessSystem({ domain: "./domain", commands: { sendWelcomeEmail: () => {} } });
    await system.start();
    console.log((await system.dispatch({ type: "OrderPlaced", aggregateId: "order-1" })).outcome);
    await system.stop();
    try { createTelemetry(); } catch ({ code, message }) { console.log(code, message); }`,
  );
  const { code, stdout, stderr } = await runNode(["main.mjs"], { cwd: folder });
  const told = "OPENTELEMETRY_UNUSABLE @opentelemetry/api is not installed, but telemetry cannot be made without it";
  const hint = "  Run `pnpm add @opentelemetry/api@1`, or leave the option telemetry out.";
  expect([stdout.split("\n"), stderr, code]).toEqual([["accepted", told, hint, ""], "", 0]);
});
