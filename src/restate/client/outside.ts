import type { CommandReceipt } from "../../definition/model/command.ts";
import { ProcessError } from "../../errors.ts";
import { systemIds } from "../../platform/ids.ts";
import { type OutsideContext, prepareOutside } from "../../runtime/core/outside-command.ts";
import type { Telemetry } from "../../runtime/trace/telemetry.ts";
import { traceCommand } from "../../runtime/trace/trace-acceptance.ts";
import { type DomainServices, nameOutsideKey } from "../wire/domain-services.ts";
import type { OutsideInput } from "../wire/messages.ts";
import { idempotencyKeyOf } from "../wire/names.ts";
import { isInDoubt } from "./dispatch.ts";
import { type Ingress, targetOf } from "../ingress/ingress.ts";

export interface OutsidePorts {
  readonly ingress: Pick<Ingress, "send" | "attach">;
  readonly outside: Pick<DomainServices, "outside">;
  readonly context: Pick<OutsideContext, "domain" | "names" | "limits">;
  readonly now: () => number;
  readonly telemetry?: Telemetry | undefined;
}

/** `system.commands`: a command is durable when the server has it, and a commandId counts for the aggregate that the command is for. */
export function createOutsideDispatch({
  ingress,
  outside,
  context,
  now,
  telemetry,
}: OutsidePorts): (name: string, options: unknown) => Promise<CommandReceipt> {
  const send = async (command: OutsideInput, isNamed: boolean): Promise<CommandReceipt> => {
    const { commandId, aggregateId, dueAt, type } = command;
    const target = targetOf(nameOutsideKey(outside, aggregateId), "accept");
    try {
      const sent = await ingress.send(target, idempotencyKeyOf(commandId), command);
      // Nobody else can have sent a command whose identity was made here.
      if (!sent.isRepeated || !isNamed) return { commandId, dueAt: new Date(dueAt), outcome: "accepted" };
      const first = (await ingress.attach(sent.invocationId)) as { readonly dueAt: number } | undefined;
      return { commandId, dueAt: new Date(first?.dueAt ?? dueAt), outcome: "duplicate" };
    } catch (error) {
      throw tellId(error, type, commandId);
    }
  };
  return async (name, options) => {
    let isNamed = true;
    const nextId = () => {
      isNamed = false;
      return systemIds.next();
    };
    const command = await prepareOutside(name, options, { ...context, now: now(), nextId });
    return traceCommand((traced) => send(traced, isNamed), telemetry)(command);
  };
}

/** Who dispatches the command again, because it is not known whether it was accepted, needs its identity. */
function tellId(error: unknown, name: string, commandId: string): unknown {
  if (!ProcessError.is(error) || !isInDoubt(error)) return error;
  return new ProcessError(error.code, `commands.${name}: ${error.problem}`, {
    hint: "Whether it was accepted is not known: dispatch it again with the same commandId (details.commandId).",
    details: { ...error.details, commandId },
    cause: error,
  });
}
