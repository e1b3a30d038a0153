import { completeLogger, consoleLogger } from "../platform/logger.ts";
import { Refusal } from "../serve/refusal.ts";
import { answerProblem, isUnexpected } from "./answer.ts";
import { authorizeRequest } from "./authorize-request.ts";
import { checkHandlerOptions, type HandlerOptions, LARGEST_BODY } from "./handler-options.ts";
import type { HttpSystem } from "./http-system.ts";
import { readJson } from "./read-json.ts";
import { findRoutes } from "./routes.ts";

/**
 * An HTTP front for a system, as a function from a `Request` to a `Response`: `POST /events` dispatches, `GET /processes` and the like look things
 * up, and `POST /processes/:id/cancel` and the like have verbs carried out. It serves nobody whom `authorize` does not let in. An error is answered
 * as `application/problem+json` with its `code`; the promise never rejects.
 *
 * @example const handle = createHandler(system, { path: "/api/perdure", authorize: (request) => isOurs(request) });
 * @throws ProcessError `CONFIG_INVALID` for an option
 */
export function createHandler(system: HttpSystem, options: HandlerOptions): (request: Request) => Promise<Response> {
  checkHandlerOptions(options);
  const logger = completeLogger(options.logger ?? consoleLogger);
  return async (request) => {
    try {
      return await answer(system, options, request);
    } catch (error) {
      if (isUnexpected(error)) logger.error(`${request.method} of the HTTP front failed`, { path: new URL(request.url).pathname, error });
      return answerProblem(error);
    }
  };
}

async function answer(system: HttpSystem, options: HandlerOptions, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const { found, id } = findRoutes(stripPath(url.pathname, options.path ?? "/") ?? "");
  const route = found.find(({ method }) => method === request.method);
  // What is not there is looked for by those who may look.
  const who = await authorizeRequest(options.authorize, request, route?.action ?? "look");
  if (who instanceof Response) return who;
  if (found.length === 0) throw new Refusal(404, "NOT_FOUND", "There is nothing here.");
  if (route === undefined) return refuseMethod(found.map(({ method }) => method));
  const body = async () => readJson(request, options.largestBody ?? LARGEST_BODY);
  return route.answer(system, { request, url, id, by: who.by, body });
}

/** What follows `path` in an address; `undefined` if it begins otherwise. */
function stripPath(pathname: string, path: string): string | undefined {
  const prefix = path === "/" ? path : `${path}/`;
  return pathname.startsWith(prefix) ? pathname.slice(prefix.length) : undefined;
}

function refuseMethod(methods: readonly string[]): Response {
  const refusal = answerProblem(new Refusal(405, "METHOD_UNKNOWN", `Only ${methods.join(" and ")} is served here.`));
  refusal.headers.set("Allow", methods.join(", "));
  return refusal;
}
