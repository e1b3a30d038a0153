/** Process managers on Restate: the same folders on several machines. `@restatedev/restate-sdk` is needed where handlers run, and nowhere else. */
export { createRestateServices } from "./host/create-services.ts";
export type { RestateServices } from "./host/create-services.ts";
export { registerRestate } from "./admin/register-restate.ts";
export type { RegisterOptions, Registration, RemovedProcess } from "./admin/register-restate.ts";
export type { RestateOptions } from "./host/restate-options.ts";
export type { RestateService } from "./host/sdk.ts";
export { serveRestate } from "./host/serve.ts";
export type { RestateServer, ServeRestateOptions } from "./host/serve.ts";
export { connectRestate } from "./client/connect-restate.ts";
export type { ConnectOptions } from "./client/client-options.ts";
