import type { AttemptSettings, RetryPolicy } from "../../definition/model/attempt-settings.ts";
import type { CommandDeclaration, Domain, ProcessDefinition } from "../../definition/model/definition.ts";
import type { PolicyDefinition } from "../../definition/model/policy.ts";
import type { Settings } from "../check/settings.ts";
import type { TimeLimit } from "./attempt.ts";

type SystemSettings = Pick<Settings, "retry" | "handlerTimeoutMs">;

/** How failed attempts are repeated: what a process or a command does not say itself is as the system says. */
export function findRetryPolicy(own: AttemptSettings | undefined, { retry }: SystemSettings): RetryPolicy {
  return own?.retry === undefined ? retry : { ...retry, ...own.retry };
}

export function limitHandler({ process, settings: { timeoutMs } }: ProcessDefinition, { handlerTimeoutMs }: SystemSettings): TimeLimit {
  return timeoutMs === undefined ? limitBySystem(handlerTimeoutMs) : { timeoutMs, option: `the handlerTimeout of ${process}` };
}

export function limitCommand(command: CommandDeclaration | undefined, { handlerTimeoutMs }: SystemSettings): TimeLimit {
  const timeoutMs = command?.settings.timeoutMs;
  return timeoutMs === undefined ? limitBySystem(handlerTimeoutMs) : { timeoutMs, option: `the timeout of the command ${command!.name}` };
}

export function limitPolicy({ policy, settings: { timeoutMs } }: PolicyDefinition, { handlerTimeoutMs }: SystemSettings): TimeLimit {
  return timeoutMs === undefined ? limitBySystem(handlerTimeoutMs) : { timeoutMs, option: `the timeout of the policy ${policy}` };
}

/** What a command, or a policy, says of its attempts. */
export function findAttemptSettings({ commands, policies }: Domain, type: string): AttemptSettings | undefined {
  return (commands.get(type) ?? policies.get(type))?.settings;
}

function limitBySystem(timeoutMs: number): TimeLimit {
  return { timeoutMs, option: "processes.handlerTimeout" };
}
