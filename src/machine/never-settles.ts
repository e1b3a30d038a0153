import { fromPromise } from "xstate";

/** Stands for whatever a chart invokes: only the runtime can settle a command, so that no implementation of it is run. */
export const neverSettles = fromPromise(() => new Promise<never>(() => {}));
