import type { Domain } from "../../definition/model/definition.ts";
import { givenSource } from "../../definition/read/given-commands.ts";
import { suggestName } from "../../platform/suggest.ts";
import { ProcessError } from "../../errors.ts";
import type { ProcessSystemOptions } from "../../system/system-options.ts";

/**
 * Refuses a command of the options whose name is almost that of a file. It was meant to replace the file's handler, and the test would run
 * the file's handler, which may reach the outside world.
 * @throws ProcessError `CONFIG_INVALID`
 */
export function checkReplacements(given: ProcessSystemOptions["commands"] = {}, { commands }: Domain): void {
  const kept = [...commands.keys()].filter((name) => !Object.hasOwn(given, name));
  for (const name of Object.keys(given)) {
    const close = commands.get(name)?.source === givenSource(name) ? suggestName(name, kept) : undefined;
    if (close === undefined) continue;
    throw new ProcessError(
      "CONFIG_INVALID",
      `commands: no file handles ${JSON.stringify(name)}, and ${close} would be executed for real; did you mean ${close}?`,
      {
        hint: "Correct the name; or, if both are meant, give a handler for the other one as well.",
      },
    );
  }
}
