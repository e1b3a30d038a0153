import { countOf } from "../../platform/count-of.ts";
import { type Admin, createAdmin, type Deployment, type RegisteredService } from "../../restate/admin/admin.ts";
import { findStrandedKeys, findStuckInvocations } from "../../restate/admin/key-queries.ts";
import { isProcess } from "../../restate/admin/register-restate.ts";
import { checkServerVersion } from "../../restate/admin/server-version.ts";
import { domainOf } from "../../restate/wire/domain-services.ts";
import { processOf } from "../../restate/wire/names.ts";
import { fitsSdkRange, SDK_RANGE } from "../../restate/wire/sdk-range.ts";
import type { RestateHostOptions } from "../../system/host-options.ts";
import { errorToFinding, type Finding } from "./finding.ts";

/** What is known of the server that is examined. Without a `name`, all domains on it are examined. */
export type ExaminedHost = Pick<RestateHostOptions, "admin"> & Partial<Pick<RestateHostOptions, "ingress" | "identityKeys" | "name">>;

/**
 * The server of Restate, what is registered there, and what gets no further; `processes` are those of the domain and its policies, if it
 * could be loaded. What cannot be looked at because the server does not answer is left out.
 */
export async function examineRestate(host: ExaminedHost, processes: readonly string[] | undefined): Promise<readonly Finding[]> {
  const admin = createAdmin(host.admin);
  const server = await examine("Restate", async () => [ok("Restate", `Restate ${await checkServerVersion(admin)} at ${host.admin}`)]);
  const isThere = server.every(({ state }) => state === "ok");
  return [
    ...server,
    ...(host.ingress === undefined ? [] : await examineIngress(host.ingress)),
    ...(isThere ? await examine("services", () => examineServices(admin, host, processes)) : []),
    ...(isThere ? await examine("invocations", () => examineInvocations(admin)) : []),
    ...(isThere ? await examine("wake-ups", () => examineWakeUps(admin)) : []),
    {
      about: "keep-alive",
      state: "ok",
      text: "with the server's defaults, a service process that stands still is noticed after a minute, and its keys wait",
      fix: "For seconds in place of that, set RESTATE_WORKER__INVOKER__HTTP2_KEEP_ALIVE_INTERVAL=2s and …_TIMEOUT=2s for the server.",
    },
  ];
}

async function examine(about: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [errorToFinding(about, error)];
  }
}

function ok(about: string, text: string): Finding {
  return { about, state: "ok", text };
}

async function examineIngress(ingress: string): Promise<readonly Finding[]> {
  const fix = "Check host.ingress; the server's default port is 8080.";
  try {
    const { status } = await fetch(`${ingress.replace(/\/+$/, "")}/restate/health`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (status === 200) return [ok("ingress", `${ingress} answers`)];
    return [{ about: "ingress", state: "failure", text: `${ingress} answers ${status}`, fix }];
  } catch {
    return [{ about: "ingress", state: "failure", text: `nothing answers at ${ingress}`, fix }];
  }
}

const PATIENCE_MS = 10_000;

async function examineServices(admin: Admin, host: ExaminedHost, processes: readonly string[] | undefined): Promise<readonly Finding[]> {
  const services = await admin.services();
  const isOwn = (domain: string | undefined) => domain !== undefined && (host.name === undefined || domain === host.name);
  const own = services.filter((service) => isOwn(domainOf(service)));
  const registered = own.filter(isProcess).map(({ name }) => processOf(name));
  const used = new Set(own.map(({ deployment_id }) => deployment_id));
  const deployments = (await admin.deployments()).filter(({ id }) => used.has(id));
  return [
    ...compareProcesses(registered, processes),
    ...examineSdk(deployments),
    ...examineKeys(deployments, host),
    ...findSplit(own, deployments),
  ];
}

function compareProcesses(registered: readonly string[], processes: readonly string[] | undefined): readonly Finding[] {
  const about = "services";
  if (processes === undefined) return [ok(about, `${countOf(registered.length, "process", "processes")} registered`)];
  const missing = processes.filter((process) => !registered.includes(process));
  const foreign = registered.filter((process) => !processes.includes(process));
  return [
    missing.length === 0
      ? ok(about, `${countOf(processes.length, "process", "processes")} of the domain registered`)
      : {
          about,
          state: "failure",
          text: `not registered: ${missing.join(", ")}; nothing can be dispatched to them`,
          fix: "Start a service (`perdure start`), then run `perdure restate register`.",
        },
    ...foreign.map((process): Finding => ({
      about,
      state: "warning",
      text: `${process} is registered, and the domain does not have it`,
      fix: "Keep the service that has it until its instances have ended.",
    })),
  ];
}

/** What is served at several addresses: a process that an older deployment alone has. */
function findSplit(own: readonly RegisteredService[], deployments: readonly Deployment[]): readonly Finding[] {
  const runners = own.filter(({ handlers }) => handlers.some(({ name }) => name === "run"));
  const currentOf = (service: RegisteredService) => runners.find((runner) => domainOf(runner) === domainOf(service))?.deployment_id;
  const address = (id: string | undefined) => deployments.find((deployment) => deployment.id === id)?.uri ?? id;
  return own
    .filter((service) => ![undefined, service.deployment_id].includes(currentOf(service)))
    .map((service) => ({
      about: "services",
      state: "warning",
      text: `${processOf(service.name)} is served at ${address(service.deployment_id)}, and the others at ${address(currentOf(service))}`,
      fix: "Keep what is served there until its instances have ended, or register a deployment that has all processes.",
    }));
}

function examineSdk(deployments: readonly Deployment[]): readonly Finding[] {
  const versions = [...new Set(deployments.flatMap(({ sdk_version }) => sdk_version ?? []))];
  if (versions.length === 0) return [];
  const unfit = versions.filter((version) => !fitsSdkRange(version.slice(version.indexOf("/") + 1)));
  if (unfit.length === 0) return [ok("SDK", versions.join(", "))];
  return [
    {
      about: "SDK",
      state: "failure",
      text: `${unfit.join(", ")} serves processes, and Perdure works with ${SDK_RANGE}`,
      fix: `Install @restatedev/restate-sdk ${SDK_RANGE} where the service runs.`,
    },
  ];
}

function examineKeys(deployments: readonly Deployment[], { identityKeys = [] }: ExaminedHost): readonly Finding[] {
  const open = deployments.flatMap(({ uri }) => (uri === undefined || isLoopback(uri) ? [] : [uri]));
  if (identityKeys.length > 0 || open.length === 0) return [];
  return [
    {
      about: "identity",
      state: "warning",
      text: `host.identityKeys is missing, so whoever reaches ${open.join(", ")} can run handlers`,
      fix: "Give the server a key (request-identity-private-key-pem-file), and host.identityKeys its public key; or let only the server reach it.",
    },
  ];
}

function isLoopback(uri: string): boolean {
  const { hostname } = new URL(uri);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}

/** A service that is away for a moment is no finding: the server tries at least every two seconds. */
const LONG_RETRIES = 10;
const MOST_NAMED = 5;

async function examineInvocations(admin: Admin): Promise<readonly Finding[]> {
  const about = "invocations";
  const stuck = await findStuckInvocations(admin, LONG_RETRIES);
  const paused = stuck.filter(({ status }) => status === "paused");
  if (stuck.length === 0) return [ok(about, "none is paused or tried again and again")];
  return [
    ...(paused.length === 0
      ? []
      : [
          {
            about,
            state: "failure" as const,
            text: `paused, with everything behind: ${nameSome(paused.map(({ target }) => target))}`,
            fix: "Resume them in Restate's UI, or with `restate invocations resume`.",
          },
        ]),
    ...stuck
      .filter(({ status }) => status !== "paused")
      .slice(0, MOST_NAMED)
      .map(({ target, retry_count, last_failure = "it is not known why" }): Finding => ({
        about,
        state: "warning",
        text: `${target} has been tried ${retry_count} times: ${last_failure.split("\n")[0]}`,
        fix: "Check that the service runs, and that the server reaches its address.",
      })),
  ];
}

async function examineWakeUps(admin: Admin): Promise<readonly Finding[]> {
  const about = "wake-ups";
  const stranded = await findStrandedKeys(admin);
  if (stranded.length === 0) return [ok(about, "every key that waits for one will have it")];
  const named = stranded.map(({ service, key, what }) => `${processOf(service)} ${key}${what === "wake" ? "" : " (a command's result)"}`);
  return [
    {
      about,
      state: "failure",
      text: `killed or purged by hand, so these keys would wait for ever: ${nameSome(named)}`,
      fix: "Run `perdure restate repair`.",
    },
  ];
}

function nameSome(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(", ") + (rest > 0 ? ` and ${countOf(rest, "other")}` : "");
}
