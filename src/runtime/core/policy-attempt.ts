import type { PolicyHandlerArgs } from "../../definition/model/handler.ts";
import { laneOf } from "../../definition/model/lane.ts";
import { addLogFields } from "../../platform/logger.ts";
import { recordToEvent } from "../../record/own-event.ts";
import { readPolicyEvent } from "../../record/policy-attempt.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { PolicyDone } from "../decide/decide-unowned.ts";
import { nameCommandRun } from "../decide/identity.ts";
import { surround } from "./around.ts";
import type { AttemptEnd, AttemptResult } from "./attempt.ts";
import { limitPolicy } from "./attempt-settings.ts";
import { createPolicyArgs } from "./handler-args.ts";
import { HeldCommands } from "./held-commands.ts";
import type { Host, Rules, Turn } from "./host.ts";
import { findUnbegun } from "./own-stage.ts";
import { openStage } from "./stage.ts";
import { beginCommandSpan, inSpan, keepSpan } from "./trace-attempt.ts";

/** What an attempt has dispatched, and the keys whose commands of before give way to it. */
export interface PolicyAttempted {
  readonly commands: PolicyDone["commands"];
  readonly replaces: readonly string[];
}

/** What an attempt at a policy needs of its host. */
export type PolicyHost = Rules & Pick<Host, "store" | "memory" | "attempts" | "inTurn">;

/** Makes one attempt at a policy when its turn has come. */
export function attemptPolicy(attempt: CommandRecord, host: PolicyHost): Promise<AttemptResult<PolicyAttempted>> {
  const { type, instanceAggregateId, seq, attempts } = attempt;
  const describe = () => ({ id: laneOf(attempt), name: `policy "${type}" for ${instanceAggregateId}`, attempt: attempts + 1 });
  return host.inTurn("command", seq, describe, (turn) => runPolicy(attempt, host, turn));
}

/**
 * What an attempt has done, as it is decided on. Call it inside the transaction that writes it where commands give way, because their turn may come
 * at any other moment.
 */
export function settlePolicy(
  { commands, replaces }: PolicyAttempted,
  { processId }: CommandRecord,
  host: Pick<Host, "store" | "memory">,
): PolicyDone {
  return { commands, replaced: replaces.flatMap((key) => findUnbegun(processId, key, host)) };
}

function runPolicy(record: CommandRecord, host: PolicyHost, turn: Turn): Promise<AttemptResult<PolicyAttempted>> {
  const { type, processId, aggregateId, attempts } = record;
  const { domain, settings, clock, around, commandNames } = host;
  // The lane has found that the policy is defined.
  const policy = domain.policies.get(type)!;
  const event = readPolicyEvent(record);
  const handed = recordToEvent(event, "event");
  const idempotencyKey = nameCommandRun(record);
  const logger = addLogFields(host.logger, { policy: type, aggregateId });
  const held = around && new HeldCommands();
  const stage = openStage(domain, commandNames, {
    process: type,
    isPolicy: true,
    processId,
    aggregateId,
    event,
    handed: () => handed.payload,
    idempotencyKey,
    handler: policy.name,
    now: clock.now(),
    limits: settings.limits,
    logger,
    origin: "event",
    hasTimeout: false,
    store: host.store,
    memory: host.memory,
    noteDelay: held?.noteDelay,
  });
  const perform = async (end: AttemptEnd) => {
    const args = createPolicyArgs({ event: handed, commands: stage.commands, idempotencyKey, attempt: attempts + 1, logger }, end);
    // Handlers are stored as taking `never`, so that one with a narrower payload is a handler too. What one returns is nobody's.
    await (policy.run as (args: PolicyHandlerArgs) => unknown)(args);
    stage.close();
    return { commands: await stage.settle(), replaces: stage.change()?.withdraws ?? [] };
  };
  const performAround =
    around &&
    surround({
      around,
      logger,
      describe: () => ({
        kind: "policy",
        process: type,
        processId: "",
        aggregateId,
        handler: policy.name,
        event: recordToEvent(event, "event"),
        attempt: attempts + 1,
        idempotencyKey,
      }),
      perform,
      tell: ({ commands }) => held!.tell(commands),
    });
  const span = beginCommandSpan(record, host);
  const attempt = host.attempts.run(
    inSpan(span, performAround ?? perform),
    { name: () => `policy "${type}", aggregate "${aggregateId}"`, limit: limitPolicy(policy, settings), isInDoubt: turn.isInDoubt },
    () => {
      stage.close();
      turn.end();
    },
  );
  return keepSpan(span, attempt);
}
