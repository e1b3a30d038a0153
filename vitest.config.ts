import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    // Most of a test file's time is waiting for other OS processes, so two share even two cores well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    typecheck: { enabled: false },
  },
  resolve: {
    alias: [
      { find: /^perdure\/testing\/vitest$/, replacement: source("testing/matchers/vitest.ts") },
      { find: /^perdure\/testing\/store-contract$/, replacement: source("store/contract/store-contract.ts") },
      { find: /^perdure\/store$/, replacement: source("store/index.ts") },
      { find: /^perdure\/testing$/, replacement: source("testing/index.ts") },
      { find: /^perdure$/, replacement: source("index.ts") },
    ],
  },
});
