import { defineConfig } from "perdure/config";
import { createCommandHandlers } from "./command-handlers.ts";
import { createServices } from "./services/services.ts";

/** For the command line: `npx perdure check`, `npx perdure graph trial`, `npx perdure typegen`. */
export default defineConfig({
  domain: "./domain",
  commands: createCommandHandlers(createServices()),
});
