import type { ProcessSystemOptions } from "../../system/system-options.ts";
import type { ProcessesOptions } from "../../runtime/check/settings.ts";

/**
 * What a host on Restate takes: what `createProcessSystem` takes, without what the server of Restate does there. The server keeps what is
 * stored, decides which OS process works at which key, and says how many invocations run at once.
 */
export interface RestateOptions extends Omit<ProcessSystemOptions, "store" | "role" | "clock" | "inspect" | "processes"> {
  readonly processes?: Omit<ProcessesOptions, "dlq" | "lease" | "concurrency">;
}
