import { checkGivenNames } from "./check/check-given-names.ts";
import type { Handler } from "./model/handler.ts";
import { isPascalCase } from "./model/names.ts";
import type { PolicyDefinition } from "./model/policy.ts";
import { readAttemptSettings } from "./read/attempt-settings.ts";
import { readPolicyDelay } from "./read/policy-file.ts";
import { createReport, describeValue } from "./report/report.ts";
import { reportUnknownKeys } from "./report/unknown-keys.ts";
import type { PolicyOptions } from "./types/policy-options.ts";

/**
 * A policy made in code, for the option `policies`. It does not throw: what is wrong is reported with everything else when the system is
 * created, under the file name `definePolicy("order/tell-stock")`.
 */
export function definePolicy<EventType extends string>(options: PolicyOptions<EventType>): PolicyDefinition {
  // Programs in JavaScript can give anything, so it is read as if it were a file.
  const given: Readonly<Record<string, unknown>> = { ...options };
  const aggregate = String(given.aggregate);
  const name = String(given.name);
  const source = `definePolicy("${aggregate}/${name}")`;
  const report = createReport();
  reportUnknownKeys(given, keys, { owner: "a policy", file: source }, report);
  checkGivenNames(given, { file: source, example: "tell-stock" }, report);
  const { on, handler } = given;
  if (typeof on !== "string" || !isPascalCase(on)) {
    report.error("POLICY_EVENT_INVALID", {
      file: source,
      reason: `on has to be the type of one event, but is ${describeValue(on)}`,
      fix: 'Write on: "OrderPlaced".',
    });
  }
  if (typeof handler !== "function") {
    report.error("HANDLER_INVALID", {
      file: source,
      reason: `handler has to be a function, but is ${describeValue(handler)}`,
      fix: "Write handler: async ({ event, commands }) => { … }.",
    });
  }
  return {
    policy: `${aggregate}/${name}`,
    aggregate,
    name,
    on: String(on),
    delay: readPolicyDelay(given.delay, source, report),
    run: handler as Handler,
    settings: readAttemptSettings(given, "timeout", source, report),
    description: undefined,
    source,
    diagnostics: report.diagnostics,
  };
}

const keys = ["aggregate", "name", "on", "handler", "delay", "retry", "timeout"];
