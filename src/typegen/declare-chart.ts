import type { HandlerListing, ProcessListing } from "../definition/read/listing.ts";
import { kebabToCamel } from "../definition/model/names.ts";
import type { Declaration } from "./beside-files.ts";
import { stemOf } from "./project-path.ts";

/** What is written for a process that has a chart of its own. */
export interface ChartSource {
  readonly process: ProcessListing;
  readonly machine: string;
  /** `typeof import("…")` of a file, as it is written in the file at a path. */
  readonly typeOf: (file: string, at: string) => string;
  /** What is wrong with a handler, if something is. */
  readonly problemOf: (handler: HandlerListing) => string | undefined;
}

/** The declarations of a process folder with a machine: what its handlers receive follows from the machine's type. */
export function declareChart({ process, machine, typeOf, problemOf }: ChartSource): readonly Declaration[] {
  const { name, index, actions, handlers } = process;
  const machineAt = (at: string) => `Perdure.MachineOf<${typeOf(machine, at)}>`;
  const contextAt = (at: string) => `Perdure.ChartContext<${machineAt(at)}>`;
  const declare = (file: string, of: string, type: Declaration["type"]): Declaration => ({
    file,
    name: of,
    namespace: "ProcessManager",
    type,
  });
  const argsOf = (action: string) => (at: string) =>
    `HandlerArgs = Perdure.ActionHandlerArgs<${machineAt(at)}, "${action}", Domain.Commands, Domain.Events>`;
  const declareHandler = (handler: HandlerListing): Declaration => {
    const problem = problemOf(handler);
    if (problem !== undefined)
      return declare(handler.file, handler.name, `HandlerArgs = Perdure.UndeclaredEvent<${JSON.stringify(problem)}>`);
    if (handler.role === "event") return declare(handler.file, handler.name, argsOf(handler.name));
    const payload = {
      timedOut: "Perdure.TimedOutPayload",
      failed: "Perdure.FailedPayload",
      cancelled: "Perdure.CancelledPayload",
    }[handler.role];
    return declare(
      handler.file,
      handler.name,
      (at) => `HandlerArgs = Perdure.HandlerArgs<${payload}, "${handler.eventType}", Domain.Commands, ${contextAt(at)}>`,
    );
  };
  return [
    declare(machine, "machine", eventType),
    ...(index === undefined
      ? []
      : [declare(index, name, (at) => `ConfigFunction = Perdure.ChartConfigFunction<keyof Domain.Events, ${contextAt(at)}>`)]),
    ...handlers.map(declareHandler),
    ...actions.map(({ file }) => declare(file, stemOf(file), argsOf(kebabToCamel(stemOf(file))))),
  ];
}

/** For the `types` of a machine's `setup`: the domain's events, each with what its schema gives out. */
const eventType =
  "Event<Type extends keyof Domain.Events = keyof Domain.Events> = " +
  "Type extends unknown ? Perdure.ProcessEvent<Perdure.PayloadOutput<Domain.Events[Type]>, Type> : never";
