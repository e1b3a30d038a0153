import type { AttemptSettings, RetryPolicy } from "../../definition/model/attempt-settings.ts";
import type { CommandDeclaration, ProcessDefinition } from "../../definition/model/definition.ts";
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

function limitBySystem(timeoutMs: number): TimeLimit {
  return { timeoutMs, option: "processes.handlerTimeout" };
}
