import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { ProcessError } from "../../src/errors.ts";
import type { Diagnostic } from "../../src/definition/report/diagnostic.ts";
import { loadDomain, type LoadDomainOptions, type LoadedDomain } from "../../src/definition/load-domain.ts";
import { readChart } from "../../src/machine/read-chart.ts";

/** A folder with these files, by path, that is gone when the test is over. */
export async function createFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "perdure-domain-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    if (!path.endsWith("/")) await writeFile(join(folder, path), text);
    else await mkdir(join(folder, path), { recursive: true });
  }
  return folder;
}

export type Overrides = Partial<LoadDomainOptions>;

export async function load(files: Readonly<Record<string, string>>, overrides: Overrides = {}): Promise<LoadedDomain> {
  return loadDomain({ domain: await createFolder(files), definitions: [], readChart, commands: undefined, ...overrides });
}

/** All diagnostics, whether or not they kept the domain from loading. */
export async function diagnose(files: Readonly<Record<string, string>>, overrides: Overrides = {}): Promise<readonly Diagnostic[]> {
  try {
    return (await load(files, overrides)).diagnostics;
  } catch (error) {
    return diagnosticsOf(error);
  }
}

export function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  if (!ProcessError.is(error, "DEFINITION_INVALID")) throw error;
  return error.details.diagnostics as readonly Diagnostic[];
}

export const codesOf = (diagnostics: readonly Diagnostic[]) => diagnostics.map(({ code }) => code);

export const index = `
export const config = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [events.OrderFulfilled],
  timeout: "7d",
});
`;

export const handler = "export async function handler({ event, commands }) {}\n";

/** A process without a mistake, under `order/processes/order-lifecycle`. */
export const orderLifecycle = {
  "order/processes/order-lifecycle/index.ts": index,
  "order/processes/order-lifecycle/on-order-placed.ts": handler,
  "order/processes/order-lifecycle/on-order-fulfilled.ts": handler,
} as const;
