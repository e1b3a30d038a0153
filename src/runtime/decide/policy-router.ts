import type { PolicyDefinition } from "../../definition/model/policy.ts";
import type { RouteRecord } from "../../store/routes.ts";

/** A policy that reacts to an event, and how long after the event it is due, in milliseconds. */
export interface PolicyRoute {
  readonly policy: string;
  readonly delayMs: number | undefined;
}

/** Which policies react to which event. */
export type PolicyRouter = (eventType: string) => readonly PolicyRoute[];

/** The routes of policies, as they are published. They have no version, because there is no instance that could be of one. */
export function listPolicyRoutes(policies: Iterable<PolicyDefinition>): readonly RouteRecord[] {
  return [...policies].map(({ policy, on, delay }) => ({
    type: on,
    process: policy,
    starts: false,
    version: 1,
    policy: true as const,
    ...(delay !== undefined && { delayMs: delay.durationMs }),
  }));
}

/** `undefined`: there are no policies. Where a policy is there twice, the last one counts. */
export function createPolicyRouter(routes: readonly RouteRecord[]): PolicyRouter | undefined {
  const policiesByType = new Map<string, PolicyRoute[]>();
  for (const { type, process: policy, policy: isPolicy, delayMs } of routes) {
    if (isPolicy !== true) continue;
    const others = policiesByType.get(type)?.filter((other) => other.policy !== policy) ?? [];
    policiesByType.set(type, [...others, { policy, delayMs }]);
  }
  return policiesByType.size === 0 ? undefined : (eventType) => policiesByType.get(eventType) ?? NONE;
}

const NONE: readonly PolicyRoute[] = [];
