/** Whether a value can be awaited: a promise, also one of another realm, or what somebody has made in the shape of one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof Reflect.get(value, "then") === "function";
}

/**
 * Whether `answer` is a promise, although it was to be given at once. Whoever asked refuses it then, so that nobody will await it. What it comes
 * to is of no use any more, and its rejection is caught here on purpose: unhandled, it would end the OS process, and the same step would end
 * every worker that comes after. Of what only has the shape of a promise, `then` is called, because a promise that rejects may lie behind it.
 */
export function dropPromise(answer: unknown): answer is PromiseLike<unknown> {
  try {
    if (!isThenable(answer)) return false;
    void Promise.resolve(answer).catch(() => {});
    return true;
  } catch {
    // A getter or a proxy of the user's has thrown, and whoever reads the value says so.
    return false;
  }
}

/** The same of an answer and of its parts, if it is a list or a plain object: `{ rate: lookUp() }` has a promise that nobody awaits. */
export function dropPromises(answer: unknown): boolean {
  if (dropPromise(answer)) return true;
  let hasOne = false;
  // All of them are let go, and not only the first.
  for (const part of listParts(answer)) hasOne = dropPromise(part) || hasOne;
  return hasOne;
}

/** The same at every depth, for a value that is refused in any case. */
export function dropPromisesWithin(value: unknown): void {
  const found = new Set([value]);
  for (const each of found) {
    if (dropPromise(each)) continue;
    for (const part of listParts(each)) if (found.size < MOST_PARTS) found.add(part);
  }
}

// The value may be as long as memory holds, and is refused because of that.
const MOST_PARTS = 10_000;

/**
 * What a function of the user's has answered.
 * @throws TypeError that names the function, if it has given a promise
 */
export function refusePromises<Answer>(answer: Answer, name: string): Answer {
  if (dropPromises(answer)) throw new TypeError(`${name} gives a promise, which nobody awaits: it has to answer at once`);
  return answer;
}

/** The parts of a list or of an object, unless that is of a class, whose parts are its own matter. */
function listParts(value: unknown): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  try {
    if (Array.isArray(value)) return value as readonly unknown[];
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null ? Object.values(value) : [];
  } catch {
    return [];
  }
}
