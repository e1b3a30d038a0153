import type { Domain } from "../../definition/model/definition.ts";
import type { Intervention } from "../../store/intervention.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import { checkEditedPayload } from "../check/edited-payload.ts";
import type { Limits } from "../check/settings.ts";
import { findOpenLetter } from "./settle-letter.ts";

/**
 * Checks by the definitions what an intervention brings with it, and gives the intervention as it is to be carried out: a schema may fill in
 * defaults. Nothing is a promise unless a schema is asynchronous. Call it before `prepareIntervention`, which decides inside a transaction and
 * so cannot wait.
 * @throws ProcessError as `checkEditedPayload` and `findOpenLetter` do
 */
export function checkIntervention(
  { deadLetters }: Pick<KeyedStore, "deadLetters">,
  { domain, settings: { limits } }: { readonly domain: Domain; readonly settings: { readonly limits: Limits } },
  intervention: Intervention,
): Intervention | Promise<Intervention> {
  if (intervention.kind !== "retry" || intervention.payload === undefined) return intervention;
  // What a letter is about never changes, so that it may be settled meanwhile, which `prepareIntervention` finds.
  const letter = findOpenLetter(deadLetters, intervention.deadLetterId);
  const payload = checkEditedPayload(letter, intervention.payload, { domain, limits });
  return payload instanceof Promise ? payload.then((checked) => ({ ...intervention, payload: checked })) : { ...intervention, payload };
}
