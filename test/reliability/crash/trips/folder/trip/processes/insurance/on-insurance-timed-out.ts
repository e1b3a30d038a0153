import { createAction } from "../../../../harness.ts";

export const handler = createAction("on-insurance-timed-out");
