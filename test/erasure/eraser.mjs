// Erases one aggregate after the other, and prints the name of each before it does.
import { createProcessSystem, defineProcess } from "perdure";

const [path, ...aggregates] = process.argv.slice(2);
const idle = defineProcess({ aggregate: "order", name: "idle", startedBy: ["Never"], completedBy: ["NeverEither"], timeout: "1d", on: {} });
const system = await createProcessSystem({ definitions: [idle], store: { path }, role: "client" });
for (const aggregateId of aggregates) {
  console.log(aggregateId);
  await system.processes.erase({ aggregateId });
}
await system.stop();
