import { countOf } from "../../platform/count-of.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import { expectOption, isAddress, refuseUnknownKeys } from "../../platform/options.ts";
import { createIngress } from "../ingress/ingress.ts";
import { createAsk } from "../ingress/patience.ts";
import { beginSchedules } from "../ingress/schedules.ts";
import { domainOf, listOwnServices, nameDomainServices, schedulesOf } from "../wire/domain-services.ts";
import { processOf } from "../wire/names.ts";
import { type Admin, createAdmin, type RegisteredDeployment, type RegisteredService } from "./admin.ts";
import { countKeysInUse } from "./key-queries.ts";
import { checkServerVersion } from "./server-version.ts";

export interface RegisterOptions {
  /** The address of the server's admin port, such as `http://restate:9070`. */
  readonly admin: string;
  /** The address at which the server reaches what `serveRestate` serves, such as `http://shop-v17:9080`. */
  readonly uri: string;
  /**
   * The address of the server's ingress, such as `http://restate:8080`. It is needed where the domain has schedules: they begin, change and stop by
   * a call to what is registered.
   */
  readonly ingress?: string;
  /** Goes on even though processes with instances that need them are not served there any more. */
  readonly force?: boolean;
}

/** What a registration has changed. */
export interface Registration {
  readonly deploymentId: string;
  /** Processes that the server did not know. */
  readonly added: readonly string[];
  /** Processes that were known and are served at the new address from now on. */
  readonly kept: readonly string[];
  /** Processes that the server knows and that are not served there. What concerns them still goes to the deployment that had them. */
  readonly removed: readonly RemovedProcess[];
}

export interface RemovedProcess {
  readonly process: string;
  /** For how many keys something is still to be done: instances that have not ended, events or commands that wait. */
  readonly keysInUse: number;
}

/**
 * Tells a server of Restate where the processes are served from now on: a step of a deploy, when the new version listens and before the old
 * one ends. The server asks the address for its services. Invocations that run finish where they began; everything else, delayed wake-ups
 * included, goes to the new address. It may be repeated, and goes back to an older version by that one's address.
 * @throws ProcessError `CONFIG_INVALID`, `RESTATE_UNREACHABLE`, `RESTATE_TOO_OLD`, `RESTATE_REFUSED`; unless `force`, `DOMAIN_IN_USE` and
 * `PROCESSES_IN_USE`. Then nothing was registered.
 */
export async function registerRestate(options: RegisterOptions): Promise<Registration> {
  refuseUnknownKeys(options, "registerRestate", ["admin", "uri", "ingress", "force"]);
  const { admin: url, uri, ingress, force = false } = options;
  expectOption(isAddress(url), "admin", url, "the address of Restate's admin port, such as http://127.0.0.1:9070");
  expectOption(isAddress(uri), "uri", uri, "the address at which the processes are served, such as http://127.0.0.1:9080");
  expectOption(
    ingress === undefined || isAddress(ingress),
    "ingress",
    ingress,
    "the address of Restate's ingress, such as http://127.0.0.1:8080",
  );
  expectOption(typeof force === "boolean", "force", force, "true or false");
  const admin = createAdmin(url);
  await checkServerVersion(admin);
  // With force, an address that is registered already is asked again, and takes over what another has had since.
  const offered = await askForServices(admin, uri);
  if (ingress === undefined) refuseSchedules(offered.services, uri);
  const registered = await admin.services();
  const domains = new Set(offered.services.map(domainOf));
  // What other domains have stays as it is.
  const known = registered.filter((service) => isProcess(service) && domains.has(domainOf(service)));
  if (!force) {
    refuseTaken(offered.services, registered, uri);
    refuseOtherDomain(offered.services, known, uri);
  }
  const removed = await Promise.all(
    difference(known, offered.services).map(async (process) => ({ process, keysInUse: await countKeysInUse(admin, process) })),
  );
  if (!force) refuseInUse(removed, uri);
  const { id } = await admin.register({ uri, force: true, dryRun: false });
  const haveSchedules = [...offered.services, ...registered].filter(
    (service) => domains.has(domainOf(service)) && schedulesOf(service).length > 0,
  );
  if (ingress !== undefined) await beginAll(ingress, new Set(haveSchedules.map(domainOf)));
  const served = offered.services.filter(isProcess);
  const added = difference(served, known);
  return {
    deploymentId: id,
    added,
    kept: served.map(({ name }) => processOf(name)).filter((process) => !added.includes(process)),
    removed,
  };
}

/** Whether a service is the object of a process or of a policy, of whichever domain. */
export function isProcess(service: RegisteredService): boolean {
  const domain = domainOf(service);
  if (domain === undefined || listOwnServices(nameDomainServices(domain, [])).includes(service.name)) return false;
  return service.handlers.some(({ name }) => name === "settle");
}

/** Whether such an object is that of a policy, which no key is imported to. */
export function isPolicy({ handlers }: RegisteredService): boolean {
  return !handlers.some(({ name }) => name === "importKey");
}

async function askForServices(admin: Admin, uri: string): Promise<RegisteredDeployment> {
  const offered = await admin.register({ uri, force: true, dryRun: true }).catch((error: unknown) => {
    if (!ProcessError.is(error, "RESTATE_REFUSED")) throw error;
    throw new ProcessError("RESTATE_REFUSED", `the server of Restate finds no services at ${uri}: ${errorToText(error.problem)}`, {
      hint: "Give the address by which the server reaches what `perdure start` or serveRestate serves; it has to be served already.",
      details: { ...error.details, uri },
      cause: error,
    });
  });
  if (offered.services.some((service) => domainOf(service) !== undefined)) return offered;
  throw new ProcessError("RESTATE_REFUSED", `${uri} serves no processes of Perdure`, {
    hint: "Give the address of what `perdure start` or serveRestate serves.",
    details: { uri, services: offered.services.map(({ name }) => name) },
  });
}

/** @throws ProcessError `CONFIG_INVALID` */
function refuseSchedules(offered: readonly RegisteredService[], uri: string): void {
  const schedules = offered.flatMap(schedulesOf);
  if (schedules.length === 0) return;
  throw new ProcessError("CONFIG_INVALID", `${uri} has schedules (${schedules.join(", ")}), and the address of the ingress is not given`, {
    hint: "Schedules begin by a call to what is registered: give ingress, such as http://127.0.0.1:8080 (--ingress, or host.ingress of the configuration).",
    details: { option: "ingress", schedules },
  });
}

/** What is registered now says which schedules there are. @throws ProcessError `RESTATE_UNREACHABLE`, `RESTATE_REFUSED` */
async function beginAll(url: string, domains: ReadonlySet<string | undefined>): Promise<void> {
  const ingress = createIngress(url, createAsk({ limitMs: BEGIN_MS, headers: {} }));
  try {
    for (const domain of domains) {
      if (domain !== undefined) await beginSchedules(ingress, nameDomainServices(domain, []).schedules);
    }
  } catch (error) {
    if (!ProcessError.is(error)) throw error;
    throw new ProcessError(error.code, `the deployment is registered, but its schedules could not be begun: ${error.problem}`, {
      hint: "Register it again when the ingress answers, or start a client.",
      details: error.details,
      cause: error,
    });
  }
}

const BEGIN_MS = 10_000;

/** The processes of `services` that `others` lacks, in order of their names. */
function difference(services: readonly RegisteredService[], others: readonly RegisteredService[]): readonly string[] {
  const names = new Set(others.map(({ name }) => name));
  return services
    .filter(({ name }) => !names.has(name))
    .map(({ name }) => processOf(name))
    .toSorted();
}

/** A service that another domain or another program has would be taken from it. */
function refuseTaken(offered: readonly RegisteredService[], registered: readonly RegisteredService[], uri: string): void {
  for (const service of offered) {
    const domain = domainOf(service);
    const known = registered.find(({ name }) => name === service.name);
    if (domain === undefined || known === undefined || domainOf(known) === domain) continue;
    const owner = domainOf(known) === undefined ? "another program" : `the domain "${domainOf(known)}"`;
    throw new ProcessError("DOMAIN_IN_USE", `${uri} serves ${service.name} of the domain "${domain}", and the server has it of ${owner}`, {
      hint: "Two domains on one server have different names and different processes. If it is the same domain under a new name, register with force.",
      details: { uri, service: service.name, domain, owner: domainOf(known) },
    });
  }
}

/** A domain that keeps none of its processes is taken to be another one, which would run the commands of the first. */
function refuseOtherDomain(offered: readonly RegisteredService[], known: readonly RegisteredService[], uri: string): void {
  for (const domain of new Set(known.map(domainOf))) {
    const processes = known.filter((service) => domainOf(service) === domain);
    if (processes.some(({ name }) => offered.some((service) => service.name === name))) continue;
    const list = processes.map(({ name }) => processOf(name)).toSorted();
    throw new ProcessError("DOMAIN_IN_USE", `${uri} serves none of the processes of the domain "${domain}": ${list.join(", ")}`, {
      hint: "Two domains on one server have different names: give this one its own, by `name` where it is served (`host.name` in the configuration). If it is the same domain with other processes, register with force.",
      details: { uri, domain, processes: list },
    });
  }
}

function refuseInUse(removed: readonly RemovedProcess[], uri: string): void {
  const inUse = removed.filter(({ keysInUse }) => keysInUse > 0);
  if (inUse.length === 0) return;
  const list = inUse.map(({ process, keysInUse }) => `${process} (${countOf(keysInUse, "key")})`).join(", ");
  throw new ProcessError("PROCESSES_IN_USE", `${uri} does not serve ${list}, of which there is still something to be done`, {
    hint: "Their wake-ups and events would go on to the deployment that has them, and wait for ever once that has ended. Serve them until they have ended, or register with force.",
    details: { uri, processes: inUse },
  });
}
