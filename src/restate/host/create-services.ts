import type { Domain } from "../../definition/model/definition.ts";
import { loadDomain } from "../../definition/load-domain.ts";
import { ProcessError } from "../../errors.ts";
import { importMachines } from "../../machine/import-machines.ts";
import { type Ids, systemIds } from "../../platform/ids.ts";
import type { Logger } from "../../platform/logger.ts";
import { type Random, systemRandom } from "../../platform/random.ts";
import { type Attempts, createAttempts, type TimeLimit } from "../../runtime/core/attempt.ts";
import { limitCommand, limitHandler, limitPolicy } from "../../runtime/core/attempt-settings.ts";
import { createReturnedReader } from "../../runtime/core/read-returned.ts";
import { createPolicyRouter, listPolicyRoutes } from "../../runtime/decide/policy-router.ts";
import { createRouter, listDomainRoutes } from "../../runtime/decide/router.ts";
import { createAddressing } from "../wire/addressing.ts";
import { nameDomainServices } from "../wire/domain-services.ts";
import { createCommandRunner } from "./command-runner.ts";
import { createIntake } from "./intake.ts";
import type { Parts } from "./parts.ts";
import { createProcessObject } from "./process-object.ts";
import { readRestateOptions, type RestateOptions, type RestateSettings } from "./restate-options.ts";
import { createSchedulesObject } from "./schedules-object.ts";
import { createOutsideObject, createPolicyObject } from "./unowned-objects.ts";
import { loadSdk, type RestateService, type Sdk } from "./sdk.ts";

/** Services to bind to an endpoint of Restate's SDK, beside services of one's own. */
export interface RestateServices {
  /**
   * The objects of processes, of policies and of commands from outside, the intake, the runner of commands and the schedules. They belong
   * together: bind all of them.
   */
  readonly services: readonly RestateService[];
}

/**
 * Loads the definitions, and makes the services of Restate that run them. Nothing listens and nothing is registered.
 * @throws ProcessError first of all `NODE_TOO_OLD`, `RESTATE_SDK_UNUSABLE`, `XSTATE_UNUSABLE`; then `CONFIG_INVALID`, `DEFINITION_INVALID`
 */
export async function createRestateServices(options: RestateOptions): Promise<RestateServices> {
  const { services } = await assembleServices(readRestateOptions(options, "createRestateServices"));
  return { services };
}

/** The services, and what whoever serves them needs. */
export interface AssembledServices extends RestateServices {
  readonly sdk: Sdk;
  readonly attempts: Attempts;
  readonly domain: Domain;
  /** How long an attempt may take at most. */
  readonly longestAttemptMs: number;
}

/** What only tests replace. */
export interface ServicePorts {
  readonly loadSdk?: () => Promise<Sdk>;
  readonly ids?: Ids;
  readonly random?: Random;
}

export async function assembleServices(options: RestateSettings, ports: ServicePorts = {}): Promise<AssembledServices> {
  const sdk = await (ports.loadSdk ?? loadSdk)();
  const { createProcessMachines, readChart } = await importMachines();
  const { logger, settings, clock, dispatchCommand, telemetry } = options;
  const { domain, diagnostics } = await loadDomain({ ...options, readChart });
  for (const { file, reason, fix } of diagnostics) logger.warn(`${file}: ${reason} ${fix}`);
  const limits = listTimeLimits(domain, settings);
  checkTimeouts(limits);
  refuseTransactions(domain);
  warnOfLimits(domain, logger);

  const machines = createProcessMachines(domain.definitions, { retry: settings.retry });
  const policyRoutes = listPolicyRoutes(domain.policies.values());
  const routes = listDomainRoutes(domain);
  const attempts = createAttempts(clock);
  const parts: Parts = {
    sdk,
    settings,
    own: nameDomainServices(options.name, [...domain.definitions.map(({ process }) => process), ...domain.policies.keys()]),
    policyRouter: createPolicyRouter(policyRoutes),
    addressOf: createAddressing(routes),
    rules: {
      clock,
      ids: ports.ids ?? systemIds,
      random: ports.random ?? systemRandom,
      logger,
      settings,
      domain,
      machines,
      attempts,
      router: createRouter(routes, domain.definitions),
      dispatchCommand,
      commandNames: {
        has: (name) => dispatchCommand !== undefined || domain.commands.has(name),
        list: () => [...domain.commands.keys()],
      },
      readReturned: createReturnedReader({ domain, settings, clock, logger }),
      around: undefined,
      telemetry,
    },
  };
  const objects = [
    ...[...machines.values()].map((machine) => createProcessObject(machine, parts)),
    ...[...domain.policies.values()].map((policy) => createPolicyObject(policy, parts)),
    createOutsideObject(parts),
  ];
  const longestAttemptMs = Math.max(settings.handlerTimeoutMs, ...limits.map(({ timeoutMs }) => timeoutMs));
  return {
    services: [...objects, createIntake(parts), createCommandRunner(parts), createSchedulesObject(parts)],
    sdk,
    attempts,
    domain,
    longestAttemptMs,
  };
}

// An attempt is one call of the server to this OS process. One that takes a day outlives deploys, and holds its key meanwhile.
const LONGEST_TIMEOUT_MS = 86_400_000;

/** @throws ProcessError `CONFIG_INVALID` */
function checkTimeouts(limits: readonly TimeLimit[]): void {
  const tooLong = limits.find(({ timeoutMs }) => timeoutMs > LONGEST_TIMEOUT_MS);
  if (tooLong === undefined) return;
  throw new ProcessError("CONFIG_INVALID", `${tooLong.option} is longer than an attempt may take on Restate, which is a day`, {
    hint: "Let the handler begin what takes so long, and have it tell of the end by an event.",
    details: { timeoutMs: tooLong.timeoutMs, limit: LONGEST_TIMEOUT_MS },
  });
}

/** @throws ProcessError `CONFIG_INVALID` */
function refuseTransactions({ commands }: Domain): void {
  const command = [...commands.values()].find(({ transaction }) => transaction);
  if (command === undefined) return;
  throw new ProcessError(
    "CONFIG_INVALID",
    `the command ${command.name} has transaction = true, and on Restate no database could be lent to it`,
    {
      hint: `Remove transaction (${command.source}): the handler then runs at least once, and tells repetitions by its idempotencyKey.`,
      details: { command: command.name },
    },
  );
}

function listTimeLimits({ definitions, commands, policies }: Domain, settings: RestateSettings["settings"]): readonly TimeLimit[] {
  return [
    ...definitions.map((definition) => limitHandler(definition, settings)),
    ...[...commands.values()].map((command) => limitCommand(command, settings)),
    ...[...policies.values()].map((policy) => limitPolicy(policy, settings)),
  ];
}

/** Limits are counted over all keys, and no OS process knows of what the others run. */
function warnOfLimits({ commands }: Domain, logger: Logger): void {
  for (const { name, limits } of commands.values()) {
    if (limits === undefined) continue;
    logger.warn(`command "${name}": its limits do not hold on Restate, where no OS process knows what the others run`, { command: name });
  }
}
