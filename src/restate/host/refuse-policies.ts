import type { Domain } from "../../definition/model/definition.ts";
import { ProcessError } from "../../errors.ts";

/** A policy would never run on Restate, and nobody would notice. @throws ProcessError `CONFIG_INVALID` */
export function refusePolicies({ policies }: Pick<Domain, "policies">): void {
  if (policies.size === 0) return;
  const names = [...policies.keys()];
  throw new ProcessError("CONFIG_INVALID", `policies do not run on Restate yet, and the domain has ${names.join(", ")}`, {
    hint: 'Let a process react to the event instead, keep instances in a store, or begin the names of the files with "_" to leave them out.',
    details: { policies: names },
  });
}
