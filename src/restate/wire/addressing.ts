import { invocationEventType, shortProcessName } from "../../definition/model/names.ts";
import type { RouteRecord } from "../../store/routes.ts";

/** Where a dispatched event goes. */
export type Address =
  /** To the object of its process, by its aggregate. */
  | { readonly to: "object"; readonly process: string }
  /** To the intake, which asks whom it is for, and keeps the order. */
  | { readonly to: "intake" }
  /** No process knows it. */
  | { readonly to: "nobody" };

/**
 * Where dispatched events go, by type. What one process alone knows goes to that one's object. Processes that share a type of event are one
 * group, and so are those that share another type with one of these. All events of a group of several go through the intake, and those of a
 * group in which a process correlates: an event that went straight to its object would overtake one that is still at the intake.
 */
export function createAddressing(routes: readonly Pick<RouteRecord, "type" | "process" | "correlated">[]): (eventType: string) => Address {
  const dispatched = routes.filter(({ type, process }) => type !== invocationEventType(shortProcessName(process)));
  const groups = findGroups(dispatched);
  const throughIntake = new Set(
    dispatched
      .filter(({ process, correlated }) => correlated === true || groups.get(process)!.size > 1)
      .flatMap(({ process }) => [...groups.get(process)!]),
  );
  const processes = new Map(dispatched.map(({ type, process }) => [type, process]));
  return (eventType) => {
    const process = processes.get(eventType);
    if (process === undefined) return { to: "nobody" };
    return throughIntake.has(process) ? { to: "intake" } : { to: "object", process };
  };
}

/** The group of each process. */
function findGroups(routes: readonly Pick<RouteRecord, "type" | "process">[]): ReadonlyMap<string, ReadonlySet<string>> {
  const groups = new Map<string, Set<string>>();
  const firstOfType = new Map<string, string>();
  for (const { type, process } of routes) {
    const own = groups.get(process) ?? new Set([process]);
    groups.set(process, own);
    const first = firstOfType.get(type) ?? process;
    firstOfType.set(type, first);
    const other = groups.get(first)!;
    if (other === own) continue;
    for (const each of own) {
      other.add(each);
      groups.set(each, other);
    }
  }
  return groups;
}
