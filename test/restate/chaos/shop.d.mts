import type { CommandHandlerArgs, defineProcess, ProcessDefinition } from "perdure";

/** What a handler tells of itself. */
interface Facts {
  readonly what: "event" | "command";
  readonly process: string;
  readonly aggregateId: string;
  readonly type: string;
  readonly id: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
}

export function createShop(parts: {
  readonly defineProcess: typeof defineProcess;
  readonly act: (facts: Facts, behaviour: object) => Promise<void>;
  /** Such as `1s`. */
  readonly watchTimeout: string;
}): {
  readonly definitions: readonly ProcessDefinition[];
  readonly commands: Readonly<Record<string, (args: CommandHandlerArgs) => Promise<void>>>;
};
