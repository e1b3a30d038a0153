import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { listNotToday } from "./test/support/long-form.ts";

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

// A file's name says its level: what needs an OS process, real waiting or much time is `*.system.test.ts`, everything else is of the unit level.
const allTests = "test/**/*.test.ts";
const systemTests = "test/**/*.system.test.ts";

export default defineConfig({
  test: {
    testTimeout: 30_000,
    // Much of a system test's time is waiting for other OS processes, so three share even two cores well.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    typecheck: { enabled: false },
    projects: [
      {
        extends: true,
        // The files of a worker share the modules they import: to evaluate them anew for each file took longer than the tests themselves.
        test: {
          name: "unit",
          include: [allTests],
          exclude: [systemTests],
          setupFiles: ["test/support/hold-to-unit-level.ts"],
          isolate: false,
        },
      },
      // They share the machine with the OS processes that they start, and with whatever else it does; and modules, as those of the unit level do.
      {
        extends: true,
        test: { name: "system", include: [systemTests], exclude: [...listNotToday()], testTimeout: 60_000, isolate: false },
      },
    ],
  },
  resolve: {
    alias: [
      { find: /^perdure\/testing\/vitest$/, replacement: source("testing/matchers/vitest.ts") },
      { find: /^perdure\/testing\/store-contract$/, replacement: source("store/contract/store-contract.ts") },
      { find: /^perdure\/store$/, replacement: source("store/index.ts") },
      { find: /^perdure\/ui$/, replacement: source("ui/index.ts") },
      { find: /^perdure\/http$/, replacement: source("http/index.ts") },
      { find: /^perdure\/opentelemetry$/, replacement: source("opentelemetry/index.ts") },
      { find: /^perdure\/restate$/, replacement: source("restate/index.ts") },
      { find: /^perdure\/testing$/, replacement: source("testing/index.ts") },
      { find: /^perdure$/, replacement: source("index.ts") },
    ],
  },
});
