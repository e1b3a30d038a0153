import { invocationEventType, shortProcessName } from "../../definition/model/names.ts";
import type { Route, Router } from "../decide/router.ts";

/** The routes of an event from outside. The result of an invocation comes from inside alone, and is for one instance. */
export function listRoutesFor(type: string, router: Router): readonly Route[] {
  const routes = router(type);
  return isForInvoker(type) ? routes.filter(({ process }) => !isResultFor(process, type)) : routes;
}

/** Whether an event of that name is the result of an invocation. */
export function isForInvoker(eventType: string): boolean {
  return eventType.endsWith(RESULT);
}

function isResultFor(process: string, type: string): boolean {
  return type === invocationEventType(shortProcessName(process));
}

// What the names of all such events end with.
const RESULT = invocationEventType("");
