import { createElkThread } from "../graph/svg/elk-thread.ts";
import { createUiHandler } from "./handler.ts";
import { readBuiltPage } from "./page-file.ts";
import type { UiSystem } from "./desk.ts";
import { checkUiOptions, type UiOptions } from "./ui-options.ts";

/**
 * The page that shows a system and has its verbs carried out, as a function that answers requests, to be mounted at any path of a program of
 * one's own: `app.all("/ops/*", (request) => ui(request))`. Its addresses are relative. It serves nobody without `authorize`; it refuses requests of
 * other origins, and what would change something without the page's own header; and each answer forbids whatever is not the page's own. What
 * is counted comes from `system.overview`, so the system has to be started.
 *
 * @example const ui = createUi(system, { authorize: (request) => isOperator(request), by: (request) => nameOf(request) });
 * @throws ProcessError `CONFIG_INVALID` for an option; what answers throws nothing
 */
export function createUi(system: UiSystem, options: UiOptions): (request: Request) => Promise<Response> {
  checkUiOptions(options);
  return createUiHandler(system, options, { readPage: readBuiltPage, layOut: createElkThread() });
}
