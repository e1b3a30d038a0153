import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectRestate, registerRestate } from "perdure/restate";
import { check, StoryError } from "../demo/check.ts";
import { createChronicle } from "../demo/chronicle.ts";
import { tellEnding } from "../demo/ending.ts";
import { createNarrator } from "../demo/narrator.ts";
import { itCompletes } from "../demo/scenes/it-completes.ts";
import { itFails } from "../demo/scenes/it-fails.ts";
import { itTimesOut } from "../demo/scenes/it-times-out.ts";
import { waitUntil } from "../demo/stage.ts";
import { processOptions } from "../demo/system-options.ts";
import { itSurvives, type RestateStage } from "./it-survives.ts";
import { prepareServer, ServerMissingError } from "./server.ts";
import { killServicesNow, startServices } from "./services.ts";
import { watchOrders } from "./watch-orders.ts";

// Everything takes longer than on a file, and longer still where other programs run.
const PATIENCE_SECONDS = 60;

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

try {
  await tellStory();
} catch (error) {
  if (error instanceof StoryError) console.error(`\nThe story did not go as told: ${error.message}`);
  else if (error instanceof ServerMissingError) console.error(error.message);
  else throw error;
  process.exitCode = 1;
}

async function tellStory(): Promise<void> {
  const narrator = createNarrator(new Date());
  const tell = (what: string, text: string) => narrator.line({ at: new Date(), what, tone: "asked", text });
  const chronicle = createChronicle(narrator, PATIENCE_SECONDS);
  const folder = await mkdtemp(join(tmpdir(), "perdure-example-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  const server = await prepareServer(folder);
  process.prependOnceListener("exit", () => {
    killServicesNow();
    server.killNow();
  });
  narrator.heading(
    "The same four orders on Restate",
    "Times are seconds since the start. Two service processes run the handlers, a server keeps everything; this one only tells the story.",
  );
  await server.start();
  tell("server", `process ${server.pid} keeps everything`);
  await using services = await startServices(2, chronicle);
  tell("services", `processes ${services.pids.join(" and ")} run the handlers`);
  const { added } = await registerRestate({ admin: server.admin, uri: services.uri });
  tell("registered", added.join(", "));

  await using system = await connectRestate({ ...processOptions, ingress: server.ingress, admin: server.admin });
  await using watch = watchOrders(system, chronicle);
  const stage: RestateStage = {
    narrator,
    chronicle,
    server,
    services,
    system,
    waitUntil,
    dispatch: async (event) => {
      narrator.line({ at: new Date(), order: event.aggregateId, what: "dispatched", tone: "asked", text: event.type });
      watch.add(event.aggregateId);
      check(`${event.type} for ${event.aggregateId}`, "accepted", (await system.dispatch(event)).outcome);
    },
  };
  await itCompletes(stage);
  await itTimesOut(stage);
  await itFails(stage);
  await itSurvives(stage);
  await system.whenIdle();
  await tellEnding(system, narrator);
  narrator.say("\nAll went as told.\n", "good");
  await server.kill();
}
