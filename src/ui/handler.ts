import { ProcessError } from "../errors.ts";
import type { LayOut } from "../graph/svg/elk.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import { createChartDrawer } from "./charts.ts";
import { chooseInstances } from "./choose.ts";
import { countStates } from "./count-states.ts";
import type { Desk, UiSystem } from "./desk.ts";
import { readOverview } from "./figures.ts";
import { guard } from "./guard.ts";
import { readInstance, readLetter } from "./instance-view.ts";
import { listInstances, listLetters, listSchedules, listTimers, type Query, readState } from "./lists.ts";
import { answerLive } from "./live.ts";
import { watchMinutes } from "./minutes.ts";
import { createPageAnswer, type ReadPage } from "./page-file.ts";
import { readAsked, readAskedAll } from "./read-body.ts";
import { answerError, answerJson, answerSvg, Refusal } from "./respond.ts";
import { createShowError } from "./show-error.ts";
import { createShowValue } from "./show.ts";
import { createThrift } from "./thrift.ts";
import type { UiOptions } from "./ui-options.ts";
import { carryOut, carryOutAll } from "./verbs.ts";
import type { Session } from "./wire.ts";

/** What the handler is given beside its options. */
export interface UiPorts {
  readonly readPage: ReadPage;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Lays out own charts. Default: on this thread, which may take a second each time. */
  readonly layOut?: LayOut;
  /** Whether a worker works on the store of a client. */
  readonly hasWorker?: () => boolean;
  /** Told of an error that is no refusal. */
  readonly onError?: (error: unknown) => void;
}

type Answer = (desk: Desk, query: Query, request: Request) => Promise<Response> | Response;

const answers: Readonly<Record<string, Answer>> = {
  session: async (desk, _, request) => answerJson(await readSession(desk, request)),
  overview: async (desk) => answerJson(await readOverview(desk)),
  instances: async (desk, query) => answerJson(await listInstances(desk, query)),
  chosen: async (desk, query) => answerJson(await chooseInstances(desk, query)),
  states: async (desk, query) => answerJson(await countStates(desk, required(query, "process"))),
  instance: async (desk, query) => answerJson(await readInstance(desk, required(query, "id"))),
  letters: async (desk, query) => answerJson(await listLetters(desk, query)),
  letter: async (desk, query) => answerJson(await readLetter(desk, required(query, "id"))),
  timers: async (desk, query) => answerJson(await listTimers(desk, query)),
  schedules: async (desk) => answerJson(await listSchedules(desk)),
  chart: async (desk, query) => {
    const stand = { status: query("status"), state: readState(query("state")) };
    return answerSvg(await desk.drawChart(required(query, "process"), stand));
  },
  map: async ({ options: { map } }) => {
    if (map === undefined) throw new Refusal(404, "MAP_MISSING", "This page has no map of the domain.", "The option `map` draws it.");
    return answerSvg(await map());
  },
  live: (desk) => answerLive(desk),
};

/** The page and what it asks for, as one function of a request. */
export function createUiHandler(system: UiSystem, options: UiOptions, ports: UiPorts): (request: Request) => Promise<Response> {
  const { readPage, clock = systemClock, layOut, hasWorker, onError = () => {} } = ports;
  const desk: Desk = {
    system,
    options,
    showValue: createShowValue(options),
    showError: createShowError(options),
    minutes: watchMinutes(system, clock),
    drawChart: createChartDrawer({ system, layOut }),
    thrift: createThrift(),
    clock,
    hasWorker,
  };
  const answerPage = createPageAnswer(readPage);
  return async (request) => {
    try {
      await guard(request, options);
      return await answer(request, desk, answerPage);
    } catch (error) {
      if (!(error instanceof Refusal) && !ProcessError.is(error)) onError(error);
      return answerError(error);
    }
  };
}

async function answer(request: Request, desk: Desk, answerPage: () => Response): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  // Wherever the handler is mounted, and whether the framework has taken its prefix away or not.
  const [, what] = /\/api\/([^]*)$/.exec(pathname) ?? [];
  if (request.method === "POST") {
    const [, how, verb] = /^(do|do-all)\/([\w-]+)$/.exec(what ?? "") ?? [];
    if (verb === undefined) throw refuseUnknown();
    if (how === "do-all") return answerJson(await carryOutAll(desk, verb, await readAskedAll(request), await readAsker(desk, request)));
    return answerJson(await carryOut(desk, verb, await readAsked(request), await readAsker(desk, request)));
  }
  if (what === undefined) return answerPage();
  const give = Object.hasOwn(answers, what) ? answers[what] : undefined;
  if (give === undefined) throw refuseUnknown();
  return give(desk, (name) => searchParams.get(name) || undefined, request);
}

function refuseUnknown(): Refusal {
  return new Refusal(404, "NOT_FOUND", "There is nothing here.");
}

async function readSession({ system, options }: Desk, request: Request): Promise<Session> {
  const { readOnly = false, redact, map } = options;
  return {
    readOnly,
    redacts: redact !== undefined,
    hasMap: map !== undefined,
    by: await readAsker({ options }, request),
    processes: Object.keys(system.machines),
  };
}

async function readAsker({ options: { by } }: Pick<Desk, "options">, request: Request): Promise<string | undefined> {
  return typeof by === "function" ? by(request) : by;
}

function required(query: Query, name: string): string {
  const value = query(name);
  if (value !== undefined) return value;
  throw new Refusal(400, "FIELD_MISSING", `${name} is missing in the address.`);
}
