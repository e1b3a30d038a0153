import type { Domain } from "../../definition/model/definition.ts";
import type { LetterIntervention } from "../../store/intervention.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import { checkEditedPayload } from "../check/edited-payload.ts";
import type { Limits } from "../check/settings.ts";
import { findOpenLetter } from "./settle-letter.ts";

/**
 * Checks by the definitions what a settlement brings with it, and gives the settlement as it is to be carried out: a schema may fill in
 * defaults. Nothing is a promise unless a schema is asynchronous. Call it before `prepareSettlement`, which decides inside a transaction and
 * so cannot wait.
 * @throws ProcessError as `checkEditedPayload` and `findOpenLetter` do
 */
export function checkSettlement(
  { deadLetters }: Pick<KeyedStore, "deadLetters">,
  { domain, settings: { limits } }: { readonly domain: Domain; readonly settings: { readonly limits: Limits } },
  settlement: LetterIntervention,
): LetterIntervention | Promise<LetterIntervention> {
  if (settlement.kind !== "retry" || settlement.payload === undefined) return settlement;
  // What a letter is about never changes, so that it may be settled meanwhile, which `prepareSettlement` finds.
  const letter = findOpenLetter(deadLetters, settlement.deadLetterId);
  const payload = checkEditedPayload(letter, settlement.payload, { domain, limits });
  return payload instanceof Promise ? payload.then((checked) => ({ ...settlement, payload: checked })) : { ...settlement, payload };
}
