import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProcessSystem } from "perdure";
import { StoryError } from "./check.ts";
import { createChronicle } from "./chronicle.ts";
import { tellEnding } from "./ending.ts";
import { createNarrator } from "./narrator.ts";
import { itCompletes } from "./scenes/it-completes.ts";
import { itFails } from "./scenes/it-fails.ts";
import { itSurvives } from "./scenes/it-survives.ts";
import { itTimesOut } from "./scenes/it-times-out.ts";
import { openStage } from "./stage.ts";
import { systemOptions } from "./system-options.ts";

const folder = await mkdtemp(join(tmpdir(), "perdure-example-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const database = join(folder, "orders.db");
const narrator = createNarrator(new Date());

try {
  narrator.heading(
    "Four orders, one process manager, one SQLite file",
    "Times are seconds since the start. All work is done by a worker, an OS process of its own; this one only tells the story.",
  );
  await using stage = await openStage(database, narrator, createChronicle(narrator));
  await stage.worker.start();
  await itCompletes(stage);
  await itTimesOut(stage);
  await itFails(stage);
  await itSurvives(stage);
  await stage.worker.stop();
  // A system that is not started does no work: it only looks.
  await using system = await createProcessSystem(systemOptions(database));
  await tellEnding(system, narrator);
  narrator.say("\nAll went as told.\n", "good");
} catch (error) {
  if (!(error instanceof StoryError)) throw error;
  console.error(`\nThe story did not go as told: ${error.message}`);
  process.exitCode = 1;
}
