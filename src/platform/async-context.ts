import { AsyncResource } from "node:async_hooks";

/**
 * Calls `task` in an async context of its own in which no `AsyncLocalStorage` has a value, whoever calls. What is entered in `task` with
 * `enterWith` is gone after it. What `task` leaves running stays in its context.
 */
export function withoutContext<Result>(task: () => Result): Result {
  // A call of `task` that calls this again gets another.
  const resource = spares.pop() ?? empty.runInAsyncScope(createResource);
  try {
    return resource.runInAsyncScope(task);
  } finally {
    // There are as many as calls were ever inside of each other.
    if (isEmpty(resource)) spares.push(resource);
  }
}

/** What earlier calls ran in, as long as it can serve the next: making one for each attempt would take longer than calling its handler. */
const spares: AsyncResource[] = [];

/** Whether nothing was entered in the resource. Up to Node 22, `enterWith` writes into it. */
function isEmpty(resource: AsyncResource): boolean {
  for (const key of Object.getOwnPropertySymbols(resource)) if (isContextKey(key) && Reflect.get(resource, key) !== undefined) return false;
  return true;
}

function isContextKey({ description }: symbol): boolean {
  return contextKeys.has(description);
}

/** `task`, so that it runs in the async context of this call, whoever calls it. */
export function inThisContext<Values extends unknown[], Result>(task: (...values: Values) => Result): (...values: Values) => Result {
  const resource = createResource();
  return (...values) => resource.runInAsyncScope(task, undefined, ...values);
}

function createResource(): AsyncResource {
  return new AsyncResource("perdure", { requireManualDestroy: true });
}

/**
 * A resource takes over the context in which it is made, and this file may have been imported in one: a server may load a program's modules
 * while it handles a request. Node has no public way out of it, so what was taken over is removed. If a version of Node keeps the
 * context elsewhere, the context of the import stays in force.
 */
function createEmpty(): AsyncResource {
  const resource = createResource();
  for (const key of Object.getOwnPropertySymbols(resource)) if (isContextKey(key)) Reflect.set(resource, key, undefined);
  return resource;
}

// One symbol for each AsyncLocalStorage up to Node 22, one for all of them since Node 24.
const contextKeys: ReadonlySet<string | undefined> = new Set(["kResourceStore", "context_frame"]);

const empty = createEmpty();
