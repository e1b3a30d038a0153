import type { Diagnostic } from "../report/diagnostic.ts";
import type { AttemptSettings } from "./attempt-settings.ts";
import type { Handler } from "./handler.ts";
import { kebabToPascal } from "./names.ts";

/** What one file in a folder `policies`, or one call of `definePolicy`, describes: a handler for one event, without an instance. */
export interface PolicyDefinition {
  /** `<aggregate>/<name>`: `order/tell-stock-on-order-placed`. */
  readonly policy: string;
  readonly aggregate: string;
  readonly name: string;
  /** The type of the event that it reacts to. */
  readonly on: string;
  /** How long after the event it runs; `undefined`: at once. */
  readonly delay: PolicyDelay | undefined;
  readonly run: Handler;
  /** What it says of its attempts. */
  readonly settings: AttemptSettings;
  /** From the comment above the handler. */
  readonly description: string | undefined;
  /** The file, or `definePolicy("…")` for a policy made in code. */
  readonly source: string;
  /** What is wrong with this policy on its own. `loadDomain` reports it with everything else. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface PolicyDelay {
  /** As the user wrote it, such as `5m`. */
  readonly text: string;
  readonly durationMs: number;
}

/** Whether what a stored command names is a policy, `<aggregate>/<name>`, and not a command, whose name has no slash. */
export function isPolicyName(type: string): boolean {
  return type.includes("/");
}

/**
 * The types of the events that a policy's name may be for. What stands behind an "-on-" is one, so that a name with several of them may be for
 * several events, the longest first: `turn-on-light-on-order-placed` is for `LightOnOrderPlaced` or for `OrderPlaced`.
 */
export function listPolicyEvents(name: string): readonly string[] {
  return [...name.matchAll(/(?<=[a-z0-9])-on-(?=[a-z])/g)].map(({ index }) => kebabToPascal(name.slice(index + "-on-".length)));
}

/** The one that is meant: the only one, or the longest that is known. `undefined`: the name does not tell. */
export function findPolicyEvent(name: string, isKnown: (eventType: string) => boolean): string | undefined {
  const named = listPolicyEvents(name);
  return named.length <= 1 ? named[0] : named.find(isKnown);
}
