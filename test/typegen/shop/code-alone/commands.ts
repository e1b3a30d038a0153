import {
  type CommandHandler,
  createProcessSystem,
  type HandlerArgs,
  type InvocableHandler,
  type ProcessSystemOptions,
  RetryLaterError,
} from "perdure";
import { defineConfig } from "perdure/config";
import { createTestSystem } from "perdure/testing";
import { z } from "zod";

const payload = z.object({ cents: z.number() });
const given: CommandHandler = async ({ command }) => void command.aggregateId.trim();

const commands: NonNullable<ProcessSystemOptions["commands"]> = {
  alone: async ({ command, process }) => void [command.aggregateId.trim(), process?.status],
  given,
  objectOfGiven: { handler: given },
  object: { handler: async ({ command }) => void command.aggregateId.trim() },
  outputs: { handler: ({ command }) => ({ of: command.aggregateId }) },
  limited: {
    limits: { concurrency: 1 },
    retry: { maxRetries: 1 },
    timeout: "1m",
    handler: ({ command }) => void command.aggregateId.trim(),
  },
  checked: { payload, parallel: true, handler: ({ command, signal }) => void [command.aggregateId.trim(), signal.aborted] },
  plain: { transaction: false, handler: async ({ command }) => void command.aggregateId.trim() },
  books: { payload, transaction: true, handler: ({ command, database }) => void database.prepare(command.aggregateId).run() },
};

export async function main(handlers: Readonly<Record<string, InvocableHandler>>): Promise<void> {
  await createProcessSystem({ commands });
  await createProcessSystem({ commands: handlers });
  await createProcessSystem({ commands: { object: { handler: ({ command }) => void command.aggregateId.trim() } } });
  await createTestSystem({ domain: "domain", commands: { object: { handler: ({ command }) => void command.aggregateId.trim() } } });
}

export const config = defineConfig({
  domain: "domain",
  commands: { object: { retry: { maxRetries: 1 }, handler: ({ command }) => void command.aggregateId.trim() } },
});

export const refused: readonly ProcessSystemOptions["commands"][] = [
  // @ts-expect-error Without a transaction there is no database.
  { object: { handler: ({ database }) => void database } },
  // @ts-expect-error A transaction cannot wait for a promise.
  { object: { transaction: true, handler: async () => {} } },
  // @ts-expect-error Nothing can cut off a transaction.
  { object: { transaction: true, timeout: "1s", handler: () => {} } },
  // @ts-expect-error A symbol is no event, and no output.
  { object: { handler: () => Symbol() } },
  // @ts-expect-error A command has no key retrys.
  { object: { handler: () => {}, retrys: { maxRetries: 1 } } },
];

export function later({ process }: HandlerArgs): readonly unknown[] {
  return [
    process.timeout.moveTo("1d"),
    process.timeout.moveTo(new Date()),
    new RetryLaterError({ after: "2h" }),
    new RetryLaterError({ after: 5_000, message: "busy" }),
    // @ts-expect-error A month is no unit.
    process.timeout.moveTo("1mo"),
    // @ts-expect-error A duration has no blank.
    new RetryLaterError({ after: "2 hours" }),
  ];
}
