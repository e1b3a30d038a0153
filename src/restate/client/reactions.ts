import type { Domain } from "../../definition/model/definition.ts";
import { createSchedulesView } from "../../observe/schedules.ts";
import { systemIds } from "../../platform/ids.ts";
import type { CommandNames } from "../../runtime/core/command-names.ts";
import { createOutsideCommands } from "../../system/outside-commands.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import type { Ingress } from "../ingress/ingress.ts";
import { readSchedules } from "../ingress/schedules.ts";
import type { ClientOptions } from "./client-options.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { Known } from "./lag.ts";
import { createOutsideDispatch } from "./outside.ts";
import type { Rows } from "./rows.ts";
import { createScheduledCommands } from "./scheduled.ts";
import type { Stopping } from "./stopping.ts";
import { createTimersView } from "./timers.ts";

export interface ReactionsPorts {
  readonly options: Pick<ClientOptions, "dispatchCommand" | "settings" | "telemetry">;
  readonly domain: Domain;
  readonly known: Known;
  readonly ingress: Ingress;
  /** @throws ProcessError `CONFIG_INVALID` if the address of the admin port was not given */
  readonly rows: (what: string) => Rows;
  readonly dispatcher: Pick<Dispatcher, "accept">;
  readonly stopping: Stopping;
  readonly now: () => number;
}

/** The part of a client that is about what has no instance, and about what is due. */
export function createReactions(ports: ReactionsPorts): Pick<ProcessSystem, "commands" | "scheduled" | "schedules" | "timers"> {
  const { options, domain, known, ingress, rows, dispatcher, stopping, now } = ports;
  const { limits } = options.settings;
  const names: CommandNames = {
    has: (name) => options.dispatchCommand !== undefined || domain.commands.has(name),
    list: () => [...domain.commands.keys()],
  };
  const dispatch = createOutsideDispatch({
    ingress,
    outside: known.own,
    context: { domain, names, limits },
    now,
    telemetry: options.telemetry,
  });
  const schedules = () => readSchedules(ingress, known.own.schedules);
  return {
    // The cast holds, because a project's register names the commands that its folders have.
    commands: createOutsideCommands(names, async (name, given) => {
      stopping.refuseStopped(`commands.${name}`);
      return dispatch(name, given);
    }) as ProcessSystem["commands"],
    scheduled: createScheduledCommands({ ingress, rows, clock: { now } }),
    schedules: createSchedulesView({
      list: () => {
        stopping.refuseStopped("schedules.list");
        return schedules();
      },
      rules: { domain, limits },
      clock: { now },
      ids: systemIds,
      accept: (events) => {
        stopping.refuseStopped("schedules.run");
        return dispatcher.accept(events);
      },
    }),
    timers: createTimersView({
      rows: () => rows("timers.list"),
      schedules: async () => (domain.schedules.size === 0 ? [] : schedules()),
    }),
  };
}
