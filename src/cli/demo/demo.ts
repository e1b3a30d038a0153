import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { silentLogger } from "../../platform/logger.ts";
import { findPackageFolder } from "../../platform/package-folder.ts";
import { createProcessSystem } from "../../system/create-process-system.ts";
import type { Client } from "../project/client.ts";
import type { FileProject } from "../project/project.ts";
import { beginLife } from "./life.ts";

/** Opens a shop that lives in a temporary file for as long as `use` takes. Its domain is a part of the package. */
export async function useDemo(
  onError: (error: unknown) => void,
  use: (client: Client, project: FileProject) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "perdure-demo-"));
  try {
    const project = describeDemo(folder);
    const system = await createProcessSystem(project.options);
    await system.start();
    const life = await beginLife(system, onError);
    try {
      await use({ project, system, lacksWorker: () => false }, project);
    } finally {
      await life.end();
      await system.stop({ timeout: "500ms" });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function describeDemo(folder: string): FileProject {
  const demo = fileURLToPath(new URL("demo/", findPackageFolder()));
  const storePath = join(folder, "shop.db");
  return {
    file: join(demo, "perdure.config.js"),
    storePath,
    options: {
      domain: join(demo, "domain"),
      store: { path: storePath, synchronous: "normal" },
      // Whoever looks does not wait long for a dead letter.
      processes: { retry: { maxRetries: 1, initialDelay: "2s" } },
      logger: silentLogger,
    },
  };
}
