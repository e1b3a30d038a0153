import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "./project-folder.ts";

/**
 * Whether what takes long is tested too: with `PERDURE_LONG=1` (`npm run test:long`), and in the long forms of the reliability tests. CI leaves it out,
 * because CI has ten minutes.
 */
export const isLongForm = ["PERDURE_LONG", "PERDURE_KILLS", "PERDURE_SEEDS"].some((name) => process.env[name] !== undefined);

const DAY_MS = 86_400_000;

/** All in the long form; otherwise `count` of them, and others from one day to the next. */
export function takeTurns<Value>(all: readonly Value[], count: number): readonly Value[] {
  if (isLongForm) return all;
  const first = (Math.floor(Date.now() / DAY_MS) * count) % all.length;
  return [...all, ...all].slice(first, first + count);
}

// They take long, and nearly all that breaks one of them breaks a test that CI runs each time. Each part is a day's, and takes about as long as the others.
const inTurns = [
  "test/docs/programs.system.test.ts",
  "test/ui/browser/looks.system.test.ts",
  "test/testing/paths.system.test.ts",
  "test/restate/example.system.test.ts",
  "test/versions/killed-migrations.system.test.ts",
  "test/processes/busy-clients.system.test.ts",
  "test/processes/two-workers.system.test.ts",

  "test/examples/stories.system.test.ts",
  "test/ui/browser/trouble.system.test.ts",
  "test/ui/browser/command.system.test.ts",
  "test/cli/eject.system.test.ts",
  "test/restate/way-over.system.test.ts",
  "test/store/killed-migration.system.test.ts",
  "test/relay/processes.system.test.ts",

  "test/docs/cli-page.system.test.ts",
  "test/reliability/faults/faults.system.test.ts",
  "test/charts/system.system.test.ts",
  "test/testing/chart-paths.system.test.ts",
  "test/schedules/kills.system.test.ts",
  "test/restate/deploys.system.test.ts",
  "test/cli/inspect.system.test.ts",

  "test/processes/displaced.system.test.ts",
  "test/docs/session.system.test.ts",
  "test/restate/dying.system.test.ts",
  "test/docs/testing-guide.system.test.ts",
  "test/reliability/fuzz/paths.system.test.ts",
  "test/typegen/shop.system.test.ts",
  "test/suspects/dying.system.test.ts",
];

/** The test files that CI leaves out today: with `PERDURE_TURNS=1`, a quarter of those that take long have their turn. */
export function listNotToday(): readonly string[] {
  // Looked at each time, so that who moves a file learns of it on their own machine.
  const missing = inTurns.filter((file) => !existsSync(join(projectFolder, file)));
  if (missing.length > 0) throw new Error(`test/support/long-form.ts names files that are not there: ${missing.join(", ")}`);
  if (process.env["PERDURE_TURNS"] === undefined) return [];
  const today = takeTurns(inTurns, inTurns.length / 4);
  return inTurns.filter((file) => !today.includes(file));
}
