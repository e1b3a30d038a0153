import { defineConfig } from "perdure/config";
import { createCommandHandlers } from "./command-handlers.ts";
import { createMailer } from "./services/mailer.ts";

/** For the command line beside `server.ts`: `npx perdure list`, `npx perdure schedules list`, `npx perdure check`. */
export default defineConfig({
  domain: "./domain",
  store: { path: "./shop.db" },
  commands: createCommandHandlers(createMailer()),
});
