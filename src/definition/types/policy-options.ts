import type { Duration } from "../../platform/duration.ts";
import type { RetryOptions } from "../model/attempt-settings.ts";
import type { PolicyHandlerArgs } from "../model/handler.ts";
import type { RegisteredPayload } from "./register.ts";

/** What a policy made in code says: the same as a file in a folder `policies`. */
export interface PolicyOptions<EventType extends string = string> {
  /** Kebab-case, such as `order`. */
  readonly aggregate: string;
  /** Kebab-case, such as `tell-stock`. */
  readonly name: string;
  /** The type of the event that it reacts to, of this aggregate or of another. */
  readonly on: EventType;
  readonly handler: PolicyHandler<RegisteredPayload<NoInfer<EventType>>, NoInfer<EventType>>;
  /** How long after the event it runs. Default: at once. */
  readonly delay?: Duration;
  /** How failed attempts are repeated. What it leaves out is as `processes.retry` says. */
  readonly retry?: RetryOptions;
  /** How long one attempt may take, in place of `processes.handlerTimeout`. */
  readonly timeout?: Duration;
}

// TypeScript checks the arguments of a method's type loosely, so that a handler may say what payload it wants.
export type PolicyHandler<Payload = unknown, Type extends string = string> = {
  run(args: PolicyHandlerArgs<Payload, Type>): unknown;
}["run"];
