import type { StandardSchema } from "./standard-schema.ts";

/** What the instances of a process remember. */
export interface ContextDefinition {
  readonly schema: StandardSchema;
  /**
   * What a new instance remembers, as JSON text: what the schema makes of `{}`. `undefined` until an asynchronous schema has been asked,
   * which `loadDomain` does.
   */
  readonly initial: string | undefined;
}

/** A JSON value that may not be changed, at any depth. */
export type DeepReadonly<Value> = 0 extends 1 & Value
  ? Value
  : Value extends string | number | boolean | null | undefined
    ? Value
    : Value extends object
      ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
      : Value;

/** What a handler may return to change its instance's context: the keys that it holds take the place of those before. */
export type ContextPatch<Context> = { readonly [Key in keyof Context]?: DeepReadonly<Context[Key]> | undefined };

/** The name of a key of the context; any text where the context's type is not known. */
export type IndexKey<Context> = unknown extends Context ? string : keyof Context & string;
