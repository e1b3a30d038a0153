import { loadDomain } from "../../definition/load-domain.ts";
import { ProcessError } from "../../errors.ts";
import { importMachines } from "../../machine/import-machines.ts";
import { describeChange } from "../../observe/definition-changes.ts";
import { readHealth } from "../../observe/health.ts";
import { systemClock } from "../../platform/clock.ts";
import type { Receipt } from "../../runtime/commit/accept.ts";
import { createRouter, listRoutes } from "../../runtime/decide/router.ts";
import type { RuntimeState } from "../../runtime/lifecycle.ts";
import type { DispatchedEvent } from "../../definition/model/dispatched-event.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { Domain } from "../../definition/model/definition.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import { readStopTimeout } from "../../system/stop-options.ts";
import { domainOf, listOwnServices, nameDomainServices } from "../wire/domain-services.ts";
import { serviceOf } from "../wire/names.ts";
import { type Admin, createAdmin } from "../admin/admin.ts";
import { type ClientOptions, type ConnectOptions, readConnectOptions } from "./client-options.ts";
import { createDeadLettersView } from "./dead-letters.ts";
import { createDispatcher } from "./dispatch.ts";
import { readChanges, readStorage, waitUntilIdle } from "./figures.ts";
import { createIngress, type Ingress } from "../ingress/ingress.ts";
import { type Known, readLag } from "./lag.ts";
import { createPolledOverview } from "./overview.ts";
import { createAsk, createPatientFetch } from "../ingress/patience.ts";
import { createProcesses } from "./processes.ts";
import { createReactions } from "./reactions.ts";
import { createRows, type Rows } from "./rows.ts";
import { checkServerVersion } from "../admin/server-version.ts";
import { createStopping } from "./stopping.ts";
import { tryToBeginSchedules } from "./schedules.ts";

/**
 * A client of process managers on Restate: it dispatches, shows what is there and has dead letters settled. It runs no handler, so it needs
 * no SDK. What it cannot have, or has only by a scan of all keys, is in docs/decisions/0036.
 * @throws ProcessError first `NODE_TOO_OLD`, `XSTATE_UNUSABLE`; then `CONFIG_INVALID`, `DEFINITION_INVALID`; and `RESTATE_UNREACHABLE`,
 * `RESTATE_REFUSED`, `RESTATE_TOO_OLD`, which is known only where `admin` is given
 */
export async function connectRestate(given: ConnectOptions): Promise<ProcessSystem> {
  const { createProcessMachines, readChart } = await importMachines();
  const options = readConnectOptions(given);
  const { domain, diagnostics } = await loadDomain({ ...options, readChart });
  for (const { file, reason, fix } of diagnostics) options.logger.warn(`${file}: ${reason} ${fix}`);
  await checkServer(options);
  const ask = createAsk({ limitMs: options.retryForMs, headers: options.headers });
  return createClient({
    options,
    domain,
    machines: createProcessMachines(domain.definitions, { retry: options.settings.retry }),
    ingress: createIngress(options.ingress, ask),
    admin: options.admin === undefined ? undefined : createAdmin(options.admin, createPatientFetch(ask)),
  });
}

/** Nothing is tried again here, so that a wrong address is told at once. */
async function checkServer({ ingress, admin, headers }: ClientOptions): Promise<void> {
  const ask = createAsk({ limitMs: CHECK_MS, headers, mayRetry: false });
  await createIngress(ingress, ask).check();
  if (admin !== undefined) await checkServerVersion(createAdmin(admin, createPatientFetch(ask)));
}

const CHECK_MS = 10_000;

interface Parts {
  readonly options: ClientOptions;
  readonly domain: Domain;
  readonly machines: ReadonlyMap<string, ProcessMachine>;
  readonly ingress: Ingress;
  readonly admin: Admin | undefined;
}

function createClient(parts: Parts): ProcessSystem {
  const { options, domain, machines, ingress, admin } = parts;
  const { logger } = options;
  const stopping = createStopping();
  const known = describeKnown(domain, options.name);
  const definitions = new Map(domain.definitions.map((definition) => [definition.process, definition]));
  const scan = admin && createRows(admin, options.name);
  const rows = (what: string): Rows => {
    stopping.refuseStopped(what);
    if (scan === undefined) throw refuseWithoutAdmin(what);
    return scan;
  };
  const dispatcher = createDispatcher({
    ingress,
    domain,
    intake: known.own.intake,
    limits: options.settings.limits,
    logger,
    telemetry: options.telemetry,
  });
  const now = () => systemClock.now();
  const polled = scan && createPolledOverview([...machines.keys()], { rows: scan, known, now, logger, stopping });
  let state: RuntimeState = "created";

  async function dispatch(event: DispatchedEvent): Promise<Receipt>;
  async function dispatch(events: readonly DispatchedEvent[]): Promise<readonly Receipt[]>;
  async function dispatch(given: DispatchedEvent | readonly DispatchedEvent[]): Promise<Receipt | readonly Receipt[]> {
    stopping.refuseStopped("dispatch");
    if (Array.isArray(given)) return dispatcher.dispatch(given);
    const [receipt] = await dispatcher.dispatch([given]);
    return receipt!;
  }
  const stop = async (given: { readonly timeout?: string | number } = {}) => {
    // No handler runs here, so that there is nothing to wait for.
    readStopTimeout(given);
    state = "stopped";
    stopping.stop();
  };

  const system: ProcessSystem = {
    start: async () => {
      stopping.begin();
      state = "client";
      if (domain.schedules.size > 0) await tryToBeginSchedules(ingress, known.own.schedules, logger);
      if (scan === undefined || admin === undefined) return;
      await warnOfUnregistered(parts, admin, known);
      for (const change of await readChanges(scan, machines)) logger.warn(describeChange(change), { ...change });
    },
    get state() {
      return state;
    },
    dispatch,
    ...createReactions({ options, domain, known, ingress, rows, dispatcher, stopping, now }),
    enqueue: refuseEnqueue,
    whenIdle: async () => waitUntilIdle(rows("whenIdle"), known, now, stopping),
    stop,
    [Symbol.asyncDispose]: () => stop(),
    processes: createProcesses({ ingress, rows, definitions, stopping, now }),
    deadLetters: createDeadLettersView({ ingress, rows, isDefined: (owner) => definitions.has(owner) || domain.policies.has(owner) }),
    lag: async () => {
      const lag = await readLag(rows("lag"), known, now());
      return { ...lag, ignored: lag.ignored + dispatcher.unknown };
    },
    health: async (options) => readHealth(system, options),
    storage: async () => readStorage(rows("storage"), known.services),
    prune: refusePrune,
    changes: async () => readChanges(rows("changes"), machines),
    // The cast holds, because a project's register names the processes that its folders define.
    machines: Object.fromEntries([...machines].map(([process, { machine }]) => [process, machine])) as ProcessSystem["machines"],
    get overview() {
      if (polled === undefined) throw refuseWithoutAdmin("overview");
      polled.begin();
      return polled.overview;
    },
    telemetry: options.telemetry,
  };
  return system;
}

async function refusePrune(): Promise<never> {
  throw new ProcessError(
    "RESTATE_UNSUPPORTED",
    "prune: each key on Restate forgets by itself what is past its retention, when that is due",
    {
      hint: "Leave the call out. What is kept for how long is set by `retention` where the services are served.",
    },
  );
}

function refuseEnqueue(): never {
  throw new ProcessError(
    "RESTATE_UNSUPPORTED",
    "enqueue: there is no database of the program's in which the server of Restate could store events",
    {
      hint: "Dispatch the event when the transaction has committed, with an eventId of its own, so that it can be repeated.",
    },
  );
}

function describeKnown({ definitions, policies }: Domain, name: string): Known {
  const owners = [...definitions.map(({ process }) => process), ...policies.keys()];
  return {
    router: createRouter(listRoutes(definitions), definitions),
    versions: new Map(definitions.map(({ process, version }) => [process, version])),
    services: owners.map(serviceOf),
    own: nameDomainServices(name, owners),
  };
}

async function warnOfUnregistered({ options }: Parts, admin: Admin, { services, own }: Known): Promise<void> {
  const registered = new Set((await admin.services()).filter((service) => domainOf(service) === own.name).map((service) => service.name));
  const missing = [...services, ...listOwnServices(own)].filter((service) => !registered.has(service));
  if (missing.length === 0) return;
  options.logger.warn(
    `the server of Restate does not know ${missing.join(", ")} of the domain "${own.name}": register the deployment that has them, by perdure restate register`,
  );
}

function refuseWithoutAdmin(what: string): ProcessError {
  return new ProcessError("CONFIG_INVALID", `${what} asks the admin port of Restate, and connectRestate was not given its address`, {
    hint: 'Give connectRestate({ admin: "http://…:9070" }), or name one key: processes.find({ process, aggregateId }).',
    details: { option: "admin" },
  });
}
