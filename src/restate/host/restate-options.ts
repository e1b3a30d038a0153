import { ProcessError } from "../../errors.ts";
import { refuseUnknownKeys } from "../../platform/options.ts";
import type { ProcessesOptions } from "../../runtime/check/settings.ts";
import { DEFAULT_DOMAIN_NAME, expectDomainName } from "../../system/host-options.ts";
import { type ProcessSystemOptions, readOptions, type SystemOptions } from "../../system/system-options.ts";

/**
 * What a host on Restate takes: what `createProcessSystem` takes, without what the server of Restate does there. The server keeps what is
 * stored, decides which OS process works at which key, and says how many invocations run at once.
 */
export interface RestateOptions extends Omit<ProcessSystemOptions, "store" | "host" | "role" | "clock" | "inspect" | "processes"> {
  readonly processes?: Omit<ProcessesOptions, "dlq" | "lease" | "concurrency" | "relay">;
  /**
   * What the domain is called on the server, wherever the domain is served or connected to. Default `"perdure"`. Domains that share a server
   * have different names, because each has services of its own whose names begin with this one.
   */
  readonly name?: string;
}

/** The options, checked and with their defaults. */
export interface RestateSettings extends SystemOptions {
  readonly name: string;
}

/** Why an option of `createProcessSystem` makes no sense on Restate. */
const refusedOptions: Readonly<Record<string, string>> = {
  store: "the server of Restate keeps everything. Leave it out.",
  role: "every OS process that serves does the work. To dispatch and look, use connectRestate.",
  clock: "the server's clock says when something is due. Leave it out.",
  inspect: "what happens is committed on the server, and no OS process is told of all of it. Leave it out.",
};

const refusedProcessOptions: Readonly<Record<string, string>> = {
  dlq: "the server of Restate keeps dead letters. List them with connectRestate.",
  lease: "the server of Restate says which OS process works at a key. Leave it out.",
  concurrency: "the server of Restate says how many invocations run at once: set worker.invoker.concurrent-invocations-limit there.",
  relay: "every OS process dispatches to the server of Restate. Leave it out.",
};

/** `caller` names the function that was called. @throws ProcessError `CONFIG_INVALID` */
export function readRestateOptions(options: RestateOptions, caller: string, further: readonly string[] = []): RestateSettings {
  refuseUnknownKeys(options, caller, [
    "domain",
    "importModule",
    "definitions",
    "policies",
    "schedules",
    "events",
    "commands",
    "dispatchCommand",
    "processes",
    "retention",
    "limits",
    "logger",
    "telemetry",
    "name",
    ...Object.keys(refusedOptions),
    ...further,
  ]);
  refuseOptions(options, caller, refusedOptions);
  if (typeof options.processes === "object" && options.processes !== null) {
    refuseOptions(options.processes, "processes", refusedProcessOptions);
  }
  const { name = DEFAULT_DOMAIN_NAME } = options;
  expectDomainName(name, "name");
  const {
    domain,
    importModule,
    definitions,
    policies,
    schedules,
    events,
    commands,
    dispatchCommand,
    processes,
    retention,
    limits,
    logger,
    telemetry,
  } = options;
  const system = readOptions({
    ...(domain !== undefined && { domain }),
    ...(importModule !== undefined && { importModule }),
    ...(definitions !== undefined && { definitions }),
    ...(policies !== undefined && { policies }),
    ...(schedules !== undefined && { schedules }),
    ...(events !== undefined && { events }),
    ...(commands !== undefined && { commands }),
    ...(dispatchCommand !== undefined && { dispatchCommand }),
    ...(processes !== undefined && { processes }),
    ...(retention !== undefined && { retention }),
    ...(limits !== undefined && { limits }),
    ...(logger !== undefined && { logger }),
    ...(telemetry !== undefined && { telemetry }),
  });
  return { ...system, name };
}

function refuseOptions(options: object, of: string, refused: Readonly<Record<string, string>>): void {
  for (const [option, why] of Object.entries(refused)) {
    if (Reflect.get(options, option) === undefined) continue;
    throw new ProcessError("CONFIG_INVALID", `${of}.${option} makes no sense on Restate`, {
      hint: `${why.charAt(0).toUpperCase()}${why.slice(1)}`,
      details: { option },
    });
  }
}
