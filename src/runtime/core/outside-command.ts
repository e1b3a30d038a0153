import type { Domain } from "../../definition/model/definition.ts";
import { laneWithoutInstance } from "../../definition/model/lane.ts";
import { ProcessError } from "../../errors.ts";
import { resolveMoment } from "../../platform/duration.ts";
import type { WrittenJson } from "../../platform/json.ts";
import type { NewCommand } from "../../store/commands.ts";
import { checkPayload } from "../check/payload.ts";
import type { Limits } from "../check/settings.ts";
import { readCommandCall } from "./command-call.ts";
import { type CommandNames, refuseUnknownCommand } from "./command-names.ts";

export interface OutsideContext {
  readonly domain: Domain;
  readonly names: CommandNames;
  readonly limits: Limits;
  readonly now: number;
  readonly nextId: () => string;
}

/**
 * The command that is stored for a call of `system.commands`. It is a promise only if its schema is asynchronous.
 * @throws ProcessError `COMMAND_UNKNOWN`, `COMMAND_INVALID`, `COMMAND_PAYLOAD_INVALID`, `DURATION_INVALID`
 */
export function prepareOutside(name: string, options: unknown, context: OutsideContext): NewCommand | Promise<NewCommand> {
  const { domain, names, limits, now, nextId } = context;
  const place = `system.commands: command "${name}"`;
  if (!names.has(name)) throw refuseUnknownCommand(name, names, place);
  const call = readCommandCall(name, options, { event: undefined, handed: undefined, limits }, place);
  const { aggregateId, payload, commandId = nextId(), lane } = call;
  const declaration = domain.commands.get(name);
  const dueAt = call.delay === undefined ? now : resolveMoment(call.delay, now, `${place}: delay`);
  const correlationId = call.correlationId ?? commandId;
  const finish = (checked: WrittenJson): NewCommand => {
    if ("problem" in checked) {
      throw new ProcessError("COMMAND_PAYLOAD_INVALID", `${place}: ${checked.problem}`, {
        hint: `Nothing was accepted. Payloads are plain JSON and match the schema in the command's file. A field that is called as an option goes into commands.${name}({ aggregateId, payload: { … } }).`,
        details: { command: name, problem: checked.problem },
        cause: checked.cause,
      });
    }
    return {
      commandId,
      type: name,
      aggregateId,
      payload: checked.json,
      process: "",
      processId: laneWithoutInstance("", aggregateId),
      instanceAggregateId: aggregateId,
      correlationId,
      causationId: call.causationId ?? correlationId,
      dispatchedAt: now,
      dueAt,
      origin: "event",
      invocation: null,
      lane: lane ?? (declaration?.parallel === true ? "own" : null),
      key: null,
    };
  };
  const checked = checkPayload(payload, declaration?.schema, limits);
  return checked instanceof Promise ? checked.then(finish) : finish(checked);
}
