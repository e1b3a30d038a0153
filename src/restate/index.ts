/** Process managers on Restate: the same folders on several machines. `@restatedev/restate-sdk` is needed where handlers run, and nowhere else. */
export type { RestateOptions } from "./host/restate-options.ts";
