import type { Domain } from "../../definition/model/definition.ts";
import { shortProcessName } from "../../definition/model/names.ts";
import { isPolicyName } from "../../definition/model/policy.ts";
import { suggestName } from "../../platform/suggest.ts";
import { ProcessError } from "../../errors.ts";

/**
 * Checks the names that a test uses for parts of a domain: commands, policies, handlers, and handlers with their process before them.
 * `takesAnyCommand`: one function executes all commands, so every name may be a command's.
 */
export function createNameCheck(domain: () => Domain, takesAnyCommand: boolean): (name: string, what: string) => void {
  return (name, what) => {
    const known = listNames(domain());
    if (known.includes(name) || (takesAnyCommand && !name.includes("-"))) return;
    const close = suggestName(name, known);
    throw new ProcessError("CONFIG_INVALID", `${what}: no handler and no command is called ${JSON.stringify(name)}`, {
      hint: close === undefined ? `Known: ${known.join(", ")}.` : `Did you mean ${close}?`,
    });
  };
}

/** The names of a handler: its own, and its own with its process before it; of a step of a chart, those of all its actions. */
export function nameHandler(process: string, name: string): readonly string[] {
  return splitHandlers(name).flatMap((each) => [each, `${process}/${each}`]);
}

/** The handlers of a step, whose names are one text in the journal. What a chart invokes and logs is no handler. */
export function splitHandlers(names: string): readonly string[] {
  return names.split(", ").filter((name) => name !== "" && name !== "log" && !name.startsWith("invoke "));
}

/** The names of a stored command, or of a policy: `tell-stock-on-order-placed` with and without its aggregate. */
export function nameAttempted(type: string): readonly string[] {
  return isPolicyName(type) ? [type, shortProcessName(type)] : [type];
}

function listNames({ definitions, commands, policies }: Domain): readonly string[] {
  const handlers = definitions.flatMap(({ process, handlers, chart, timedOut, failed, cancelled }) =>
    [...handlers.values(), ...(chart?.actions.values() ?? []), timedOut, failed, cancelled].flatMap((handler) =>
      handler === undefined ? [] : nameHandler(process, handler.name),
    ),
  );
  return [...new Set([...commands.keys(), ...handlers, ...[...policies.keys()].flatMap(nameAttempted)])];
}
