import type { StateValue } from "../definition/model/instance.ts";
import { statuses } from "../definition/model/instance.ts";
import { errorToText, ProcessError } from "../errors.ts";
import { readStateValue } from "../machine/state-paths.ts";
import type { Page } from "../observe/page.ts";
import type { Where } from "../observe/where.ts";
import { timerKinds } from "../store/timers.ts";
import { answerJson } from "./answer.ts";
import type { HttpSystem } from "./http-system.ts";
import { given, readJsonField, readLimit, readQuery, readWord, refuseQuery } from "./query.ts";

const PAGE = ["limit", "cursor"];

function answerPage<Item>(page: Page<Item>): Response {
  return answerJson({ items: page, nextCursor: page.nextCursor });
}

export async function listInstances({ processes }: HttpSystem, url: URL): Promise<Response> {
  const query = readQuery(url, ["process", "aggregateId", "status", "state", "outcome", "suspended", "where", ...PAGE]);
  const { process, aggregateId, outcome, state, cursor } = query;
  const suspended = readWord(query, "suspended", ["true", "false"]);
  const filter = {
    ...given({ process, aggregateId, outcome, cursor, status: readWord(query, "status", statuses) }),
    // What is no state and no object is refused by the system.
    ...given({
      state: state === undefined ? undefined : readState(state),
      where: readJsonField(query, "where") as Where | undefined,
    }),
    ...(suspended !== undefined && { suspended: suspended === "true" }),
    ...readLimit(query),
  };
  return answerPage(await processes.find(filter));
}

/** A path such as `paying.card`, or JSON. @throws Refusal */
function readState(state: string): StateValue {
  try {
    return readStateValue(state);
  } catch (error) {
    throw refuseQuery(`state in the query ${errorToText(error)}.`);
  }
}

export async function showInstance({ processes }: HttpSystem, url: URL, id: string): Promise<Response> {
  readQuery(url, []);
  const instance = await processes.get(id);
  if (instance !== undefined) return answerJson(instance);
  throw new ProcessError("INSTANCE_UNKNOWN", `there is no instance ${JSON.stringify(id)}`);
}

export async function showHistory({ processes }: HttpSystem, url: URL, id: string): Promise<Response> {
  readQuery(url, []);
  return answerJson({ items: await processes.history(id) });
}

export async function listLetters({ deadLetters }: HttpSystem, url: URL): Promise<Response> {
  const query = readQuery(url, ["process", "aggregateId", "processId", "status", ...PAGE]);
  const { process, aggregateId, processId, cursor } = query;
  const status = readWord(query, "status", ["open", "retried", "skipped", "discarded", "any"]);
  return answerPage(await deadLetters.list({ ...given({ process, aggregateId, processId, cursor, status }), ...readLimit(query) }));
}

export async function showLetter({ deadLetters }: HttpSystem, url: URL, id: string): Promise<Response> {
  readQuery(url, []);
  const letter = await deadLetters.get(id);
  if (letter !== undefined) return answerJson(letter);
  throw new ProcessError("DEAD_LETTER_UNKNOWN", `there is no dead letter ${JSON.stringify(id)}`);
}

export async function listTimers({ timers }: HttpSystem, url: URL): Promise<Response> {
  const query = readQuery(url, ["process", "aggregateId", "processId", "kind", ...PAGE]);
  const { process, aggregateId, processId, cursor } = query;
  const kind = readWord(query, "kind", timerKinds);
  return answerPage(await timers.list({ ...given({ process, aggregateId, processId, cursor, kind }), ...readLimit(query) }));
}

export async function listScheduled({ scheduled }: HttpSystem, url: URL): Promise<Response> {
  const query = readQuery(url, ["process", "processId", "type", "aggregateId", ...PAGE]);
  const { process, processId, type, aggregateId, cursor } = query;
  return answerPage(await scheduled.list({ ...given({ process, processId, type, aggregateId, cursor }), ...readLimit(query) }));
}

export async function listSchedules({ schedules }: HttpSystem, url: URL): Promise<Response> {
  readQuery(url, []);
  return answerJson({ items: await schedules.list() });
}

export async function showLag(system: HttpSystem, url: URL): Promise<Response> {
  readQuery(url, []);
  return answerJson(await system.lag());
}
