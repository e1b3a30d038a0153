import { dispatchEvents } from "./dispatch.ts";
import type { HttpAction } from "./handler-options.ts";
import type { HttpSystem } from "./http-system.ts";
import * as lookUps from "./look-ups.ts";
import { streamSteps } from "./stream.ts";
import * as verbs from "./verbs.ts";
import { answerJson } from "./answer.ts";

/** A request that was let in. */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  /** The identity in the path; empty where there is none. */
  readonly id: string;
  /** Who asks, if that was said. */
  readonly by: string | undefined;
  /** The body as JSON. @throws Refusal */
  readonly body: () => Promise<unknown>;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** Behind the path of the front. `:id` stands for an identity. */
  readonly path: string;
  readonly action: HttpAction;
  readonly answer: (system: HttpSystem, call: Call) => Promise<Response> | Response;
}

type LookUp = (system: HttpSystem, url: URL, id: string) => Promise<Response> | Response;

const look = (path: string, lookUp: LookUp): Route => ({
  method: "GET",
  path,
  action: "look",
  answer: (system, { url, id }) => lookUp(system, url, id),
});

const intervene = (path: string, verb: verbs.Verb): Route => ({
  method: "POST",
  path,
  action: "intervene",
  answer: async (system, { id, by, body }) => answerJson(await verb(system, id, verbs.readVerbOptions(await body(), by))),
});

export const routes: readonly Route[] = [
  {
    method: "POST",
    path: "events",
    action: "dispatch",
    answer: async (system, { request, body }) => dispatchEvents(system, request, await body()),
  },
  look("processes", lookUps.listInstances),
  look("processes/:id", lookUps.showInstance),
  look("processes/:id/history", lookUps.showHistory),
  look("dead-letters", lookUps.listLetters),
  look("dead-letters/:id", lookUps.showLetter),
  look("timers", lookUps.listTimers),
  look("scheduled", lookUps.listScheduled),
  look("schedules", lookUps.listSchedules),
  look("lag", lookUps.showLag),
  look("stream", streamSteps),
  intervene("processes/:id/cancel", verbs.cancelInstance),
  intervene("processes/:id/suspend", verbs.suspendInstance),
  intervene("processes/:id/resume", verbs.resumeInstance),
  intervene("processes/:id/reschedule", verbs.rescheduleInstance),
  intervene("dead-letters/:id/retry", verbs.retryLetter),
  intervene("dead-letters/:id/skip", verbs.skipLetter),
  intervene("dead-letters/:id/discard", verbs.discardLetter),
  intervene("scheduled/:id/cancel", verbs.cancelCommand),
  intervene("scheduled/:id/reschedule", verbs.rescheduleCommand),
  intervene("schedules/:id/run", verbs.runSchedule),
];

/** The routes of a path, whatever their methods, with the identity in it. `rest` is what follows the path of the front. */
export function findRoutes(rest: string): { readonly found: readonly Route[]; readonly id: string } {
  const segments = rest.split("/");
  const matches = ({ path }: Route) => {
    const wanted = path.split("/");
    return (
      wanted.length === segments.length &&
      wanted.every((each, index) => each === segments[index] || (each === ":id" && segments[index] !== ""))
    );
  };
  const found = routes.filter(matches);
  const at = found[0]?.path.split("/").indexOf(":id") ?? -1;
  const id = at === -1 ? "" : decode(segments[at]!);
  return id === undefined ? { found: [], id: "" } : { found, id };
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
