import type { Domain } from "../definition/definition.ts";
import { suggestName } from "../definition/suggest.ts";
import { ProcessError } from "../errors.ts";

/** Which handlers and commands are to fail, and how often still. */
export interface FaultPlan {
  /** @throws ProcessError `CONFIG_INVALID` when no handler and no command has that name */
  fail(name: string, times: number, error: Error | undefined): void;
  /** Throws if what has one of `names` is to fail now. */
  strike(...names: readonly string[]): void;
}

/** The names that `domain` has: commands, handlers, and handlers with their process before them. */
export function createFaultPlan(domain: () => Domain, takesAnyCommand: boolean): FaultPlan {
  const planned = new Map<string, { left: number; readonly error: Error }>();
  return {
    fail: (name, times, error = new Error(`${name} fails, because the test says so`)) => {
      if (!(times >= 1)) throw new ProcessError("CONFIG_INVALID", `fail: ${String(times)} is no number of times`, { hint: "It must be 1 or more; Infinity means always." });
      checkName(name, listNames(domain()), takesAnyCommand);
      planned.set(name, { left: times, error });
    },
    strike: (...names) => {
      const fault = names.map((name) => planned.get(name)).find((each) => each !== undefined && each.left > 0);
      if (fault === undefined) return;
      fault.left -= 1;
      throw fault.error;
    },
  };
}

function checkName(name: string, known: readonly string[], takesAnyCommand: boolean): void {
  if (known.includes(name) || (takesAnyCommand && !name.includes("-"))) return;
  const close = suggestName(name, known);
  throw new ProcessError("CONFIG_INVALID", `fail: no handler and no command is called ${JSON.stringify(name)}`, {
    hint: close === undefined ? `Known: ${known.join(", ")}.` : `Did you mean ${close}?`,
  });
}

function listNames({ definitions, commands }: Domain): readonly string[] {
  const handlers = definitions.flatMap(({ process, handlers, timedOut, failed }) =>
    [...handlers.values(), timedOut, failed].flatMap((handler) => (handler === undefined ? [] : [handler.name, `${process}/${handler.name}`])),
  );
  return [...new Set([...commands.keys(), ...handlers])];
}
