import { createAction } from "../../../../../harness.ts";

export const handler = createAction("sendCard");
