import type { Settings } from "../../runtime/check/settings.ts";
import type { PolicyRouter } from "../../runtime/decide/policy-router.ts";
import type { KeyRules } from "../key/open-key.ts";
import type { Address } from "../wire/addressing.ts";
import type { DomainServices } from "../wire/domain-services.ts";
import type { Sdk } from "./sdk.ts";

/** What the services of a host have in common. */
export interface Parts {
  readonly sdk: Sdk;
  readonly rules: KeyRules;
  readonly settings: Settings;
  readonly own: DomainServices;
  /** `undefined`: there are no policies. */
  readonly policyRouter: PolicyRouter | undefined;
  readonly addressOf: (eventType: string) => Address;
}
