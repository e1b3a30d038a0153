import { INSURANCE_TIMEOUT_MS } from "../../../../plan.ts";

export const config = ({ events }: { readonly events: Readonly<Record<string, string>> }) => ({
  startedBy: [events["InsuranceAsked"]],
  timeout: INSURANCE_TIMEOUT_MS,
});
