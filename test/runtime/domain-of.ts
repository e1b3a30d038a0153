import { noAttemptSettings } from "../../src/definition/model/attempt-settings.ts";
import type { Domain } from "../../src/definition/model/definition.ts";
import type { StandardResult, StandardSchema } from "../../src/definition/model/standard-schema.ts";

/** Schemas by the name of an event or a command. */
export type Schemas = Readonly<Record<string, StandardSchema | undefined>>;

/** A domain that declares nothing but these events and commands. */
export function createDomain({ events = {}, commands = {} }: { readonly events?: Schemas; readonly commands?: Schemas }): Domain {
  const source = "in a test";
  return {
    definitions: [],
    policies: new Map(),
    events: new Map(Object.entries(events).map(([type, schema]) => [type, { type, schema, source, isInCode: true }])),
    commands: new Map(
      Object.entries(commands).map(([name, schema]) => [
        name,
        { name, schema, run: () => {}, source, settings: noAttemptSettings, limits: undefined, transaction: false, parallel: false },
      ]),
    ),
    schedules: new Map(),
  };
}

export function createSchema(validate: (value: unknown) => StandardResult<unknown> | Promise<StandardResult<unknown>>): StandardSchema {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

/** Adds a field, as schemas with defaults do. */
export const addsCurrency = (value: unknown): StandardResult<unknown> => ({ value: { ...(value as object), currency: "EUR" } });

export const refuses = (): StandardResult<unknown> => ({ issues: [{ message: "expected a number", path: ["cents"] }] });
