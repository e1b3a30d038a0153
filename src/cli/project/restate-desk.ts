import type { ProcessInstance } from "../../definition/model/instance.ts";
import { silentLogger } from "../../platform/logger.ts";
import { createAdmin, type RegisteredService } from "../../restate/admin/admin.ts";
import { countInstances, exceptOthers } from "../../restate/admin/key-queries.ts";
import { isPolicy, isProcess } from "../../restate/admin/register-restate.ts";
import { connectRestate } from "../../restate/client/connect-restate.ts";
import { createIngress } from "../../restate/ingress/ingress.ts";
import { createAsk } from "../../restate/ingress/patience.ts";
import { domainOf } from "../../restate/wire/domain-services.ts";
import { processOf } from "../../restate/wire/names.ts";
import { DEFAULT_DOMAIN_NAME } from "../../system/host-options.ts";
import type { CommandIntervention, InstanceIntervention } from "../../store/intervention.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import { listWaiting } from "../../record/waiting-event.ts";
import type { Desk } from "./desk.ts";
import type { RestateProject } from "./project.ts";

/**
 * Opens the desk of a project on Restate for as long as `use` takes. The definitions are loaded, because they say which keys an event is for
 * and what instances are found by; no handler runs.
 */
export async function useRestateDesk(project: RestateProject, use: (desk: Desk) => Promise<void> | void): Promise<void> {
  const system = await connectProject(project);
  try {
    await use(createRestateDesk(project, system));
  } finally {
    await system.stop();
  }
}

/** The system of a project, by the server's ports. */
export async function connectProject({ options, host: { ingress, admin, name } }: RestateProject): Promise<ProcessSystem> {
  const { host: _host, ...others } = options;
  // What deserves a warning in the definitions is for `check` and `start` to tell.
  return connectRestate({ ...others, ...(name !== undefined && { name }), ingress, admin, retryFor: RETRY_MS, logger: silentLogger });
}

// A server that restarts is back by then, and nobody waits longer at a terminal.
const RETRY_MS = 10_000;

function createRestateDesk(project: RestateProject, system: ProcessSystem): Desk {
  const { name: domain = DEFAULT_DOMAIN_NAME } = project.host;
  const admin = createAdmin(project.host.admin);
  const ingress = createIngress(project.host.ingress, createAsk({ limitMs: RETRY_MS, headers: {} }));
  const findOwners = async () => {
    const objects = (await admin.services()).filter((service) => isProcess(service) && domainOf(service) === domain);
    const [policies, processes] = [objects.filter(isPolicy), objects.filter((service) => !isPolicy(service))];
    const nameAll = (services: readonly RegisteredService[]) => services.map(({ name }) => processOf(name));
    return { processes: [...new Set([...Object.keys(system.machines), ...nameAll(processes)])], policies: nameAll(policies) };
  };
  const readKey = ({ process, aggregateId }: ProcessInstance) => ingress.read({ process, aggregateId });
  return {
    project,
    processes: system.processes,
    timers: system.timers,
    scheduled: system.scheduled,
    schedules: system.schedules,
    deadLetters: system.deadLetters,
    lag: () => system.lag(),
    // Each key has its own.
    worker: async () => undefined,
    counts: () => countInstances({ query: admin.query, own: () => exceptOthers(admin, domain) }),
    processNames: async () => (await findOwners()).processes,
    owners: findOwners,
    waiting: async (instance) => listWaiting((await readKey(instance)).entries),
    // An event that was handled is not kept there.
    payloads: async (instance) => {
      const { entries, commands } = await readKey(instance);
      return {
        events: new Map(entries.map(({ event }): [string, unknown] => [event.eventId, JSON.parse(event.payload)])),
        commands: new Map(
          commands
            .filter(({ record }) => record.processId === instance.processId)
            .map(({ record }): [string, unknown] => [record.commandId, JSON.parse(record.payload)]),
        ),
      };
    },
    findCommand: async (commandId) =>
      (await system.scheduled.list({ limit: Number.MAX_SAFE_INTEGER })).find((command) => command.commandId === commandId)?.processId,
    intervene: async (intervention) => {
      if ("commandId" in intervention) {
        await changeCommand(system, intervention);
        return "done";
      }
      if (!("deadLetterId" in intervention)) {
        await changeInstance(system, intervention);
        return "done";
      }
      const { kind, deadLetterId, by } = intervention;
      const asked = typeof by === "string" ? { by } : {};
      if (kind === "retry") {
        const { payload } = intervention;
        await system.deadLetters.retry(deadLetterId, {
          ...asked,
          ...(payload !== undefined && { payload: JSON.parse(payload) as unknown }),
        });
      } else {
        const { reason } = intervention;
        await system.deadLetters[kind](deadLetterId, { ...asked, ...(reason !== null && { reason }) });
      }
      return "done";
    },
  };
}

/** Has a command that waits changed as an intervention says. */
async function changeCommand({ scheduled }: Pick<ProcessSystem, "scheduled">, intervention: CommandIntervention): Promise<void> {
  const { commandId, by, reason } = intervention;
  const asked = { ...(typeof by === "string" && { by }), ...(reason !== null && { reason }) };
  if (intervention.kind === "cancel-command") await scheduled.cancel(commandId, asked);
  else await scheduled.reschedule(commandId, { ...asked, dueAt: new Date(intervention.dueAt) });
}

/** Has an instance changed as an intervention says. */
async function changeInstance({ processes }: Pick<ProcessSystem, "processes">, intervention: InstanceIntervention): Promise<void> {
  const { processId, by, reason } = intervention;
  const asked = { ...(typeof by === "string" && { by }), ...(reason !== null && { reason }) };
  switch (intervention.kind) {
    case "cancel-instance":
      return void (await processes.cancel(processId, asked));
    case "suspend-instance":
      return void (await processes.suspend(processId, asked));
    case "resume-instance":
      return void (await processes.resume(processId, asked));
    case "reschedule-instance":
      return void (await processes.reschedule(processId, { ...asked, dueAt: new Date(intervention.dueAt) }));
  }
}
