import SqliteDatabase from "better-sqlite3";
import { type CommandHandlerArgs, definePolicy, type HandlerArgs } from "perdure";
import type { Telemetry } from "perdure/opentelemetry";
import type { TestSystem, TestSystemOptions } from "perdure/testing";
import { onTestFinished } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { openTestSystem } from "../support/order-process.ts";
import { openRecording, type Recording } from "./recording.ts";

export const placed = { type: "OrderPlaced", aggregateId: "o-1", eventId: "placed", payload: { email: "ada@example.org" } };

export interface Shop {
  readonly recording: Recording;
  readonly test: TestSystem;
  /** The connection whose transactions the program has. */
  readonly database: InstanceType<typeof SqliteDatabase>;
}

export interface ShopOptions extends Omit<TestSystemOptions, "definitions" | "commands" | "policies"> {
  /** What the handlers do, in place of what they do otherwise; `undefined`: there is none. */
  readonly on?: Readonly<Record<string, ((args: HandlerArgs) => unknown) | undefined>>;
  readonly onFailed?: (args: HandlerArgs) => unknown;
  readonly pack?: (args: CommandHandlerArgs) => unknown;
  readonly book?: () => void;
  readonly hasPolicy?: boolean;
  readonly isTraced?: boolean;
  /** What is given in the place of the recording's telemetry. */
  readonly wrap?: (telemetry: Telemetry) => Telemetry;
}

/**
 * A system with a recording. OrderPlaced dispatches `packOrder`, whose handler returns OrderFulfilled, which ends the order. `book` is a
 * transactional command that returns OrderBooked. A second attempt comes after a second, and there is no third.
 */
export async function openShop(options: ShopOptions = {}): Promise<Shop> {
  const {
    on = {},
    onFailed,
    pack = () => {},
    book = () => {},
    hasPolicy = false,
    isTraced = true,
    wrap = (telemetry) => telemetry,
    ...more
  } = options;
  const recording = openRecording();
  const database = new SqliteDatabase(":memory:");
  onTestFinished(() => void database.close());
  const handlers = {
    OrderPlaced: async ({ commands, event }: HandlerArgs) => void (await commands["packOrder"]!({ aggregateId: event.aggregateId })),
    OrderFulfilled: () => {},
    OrderBooked: () => {},
    ...on,
  };
  const order = defineLifecycle(
    Object.fromEntries(Object.entries(handlers).filter(([, handler]) => handler !== undefined)),
    onFailed === undefined ? {} : { onFailed },
  );
  const tell = definePolicy({
    aggregate: "order",
    name: "tell-stock",
    on: "OrderPlaced",
    handler: async ({ commands, event }) => void (await commands["remind"]!({ aggregateId: event.aggregateId })),
  });
  const test = await openTestSystem({
    definitions: [order],
    policies: hasPolicy ? [tell] : [],
    commands: {
      packOrder: async (args) => {
        await pack(args);
        return { type: "OrderFulfilled", aggregateId: args.command.aggregateId };
      },
      book: {
        transaction: true,
        handler: ({ command }) => {
          book();
          return { type: "OrderBooked", aggregateId: command.aggregateId };
        },
      },
      remind: () => {},
    },
    processes: { retry: { maxRetries: 1, retryStrategy: "fixed", initialDelay: "1s" } },
    store: { database },
    ...(isTraced && { telemetry: wrap(recording.telemetry) }),
    ...more,
  });
  return { recording, test, database };
}
