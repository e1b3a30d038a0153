import type { CommandNames } from "./command-names.ts";

/**
 * What `commands` answers: a function for each name that is asked for, whether there is a command of that name or not, because the commands of a
 * project may be known to its types alone. What tools read of every object by themselves, they find as in any other object.
 */
export function answerCommands<Target extends object>(
  namesOf: (target: Target) => CommandNames,
  dispatch: (target: Target, name: string, options: unknown) => unknown,
): ProxyHandler<Target> {
  const isProbe = (target: Target, name: string) => isReadByTools(name) && !namesOf(target).list().includes(name);
  const has = (target: Target, name: string | symbol) =>
    typeof name === "string" && name !== "then" && !isProbe(target, name) && namesOf(target).has(name);
  return {
    get: (target, name) => {
      // `then` stays undefined even if a command is called so, because the object would be taken for a promise.
      if (typeof name !== "string" || name === "then") return undefined;
      if (isProbe(target, name)) return Reflect.get(Object.prototype, name) as unknown;
      return (options: unknown) => dispatch(target, name, options);
    },
    has,
    ownKeys: (target) => [...namesOf(target).list()],
    getOwnPropertyDescriptor: (target, name) => (has(target, name) ? { configurable: true, enumerable: true } : undefined),
  };
}

/** Beside what every object inherits, and symbols. */
const probes: ReadonlySet<string> = new Set([
  "toJSON",
  "toBSON",
  "inspect",
  "nodeType",
  "tagName",
  "asymmetricMatch",
  "$$typeof",
  "_isMockFunction",
]);

/**
 * Whether runtimes, loggers and test runners read the name of whatever they are given, to convert, show or compare it. They would dispatch a command
 * by that, or take its function for an answer.
 */
function isReadByTools(name: string): boolean {
  return probes.has(name) || name in Object.prototype || name.startsWith("@@");
}
