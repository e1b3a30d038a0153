export { createUi } from "./create-ui.ts";
export type { UiSystem } from "./desk.ts";
export type { RedactSubject, UiOptions } from "./ui-options.ts";
