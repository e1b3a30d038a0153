import Database from "better-sqlite3";
import { fileURLToPath } from "node:url";
import { createProcessSystem } from "perdure";
import { createApp } from "./app/app.ts";
import { serveApp } from "./app/serve-app.ts";
import { createCommandHandlers } from "./command-handlers.ts";
import { createDesk } from "./desk.ts";
import { createOrders } from "./orders.ts";
import { createMailer } from "./services/mailer.ts";
import { makeTables } from "./tables.ts";

// The shop as a program that goes on until it is stopped. Everything is in one file, in the folder that it is started in.
const database = new Database("shop.db");
makeTables(database);
const system = await createProcessSystem({
  domain: fileURLToPath(new URL("./domain", import.meta.url)),
  store: { database },
  commands: createCommandHandlers(createMailer(({ to, subject }) => console.log(`${to} gets "${subject}"`))),
});
await system.start();
const app = createApp(
  createOrders(database, (event) => system.enqueue(event)),
  createDesk(() => system),
);
const served = await serveApp(app, Number(process.env["PORT"] ?? 3000));
console.log(`The shop is open at ${served.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await served.close();
    await system.stop();
    database.close();
  });
}
