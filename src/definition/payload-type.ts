/**
 * What a payload is after its schema, as handlers see it. `Module` is the type of an event's or a command's file; without a
 * schema in it a payload is `unknown`.
 */
export type PayloadOutput<Module> = SchemaTypes<Module> extends { readonly output: infer Output } ? Output : unknown;

/** What a payload is before its schema, as it is given to `dispatch` or to a command. */
export type PayloadInput<Module> = SchemaTypes<Module> extends { readonly input: infer Input } ? Input : unknown;

// A module that TypeScript knows nothing of, such as JavaScript without allowJs, is `any`: nothing follows from it.
type SchemaTypes<Module> = 0 extends 1 & Module
  ? undefined
  : Module extends { readonly payload: { readonly "~standard": { readonly types?: infer Types } } }
    ? NonNullable<Types>
    : undefined;
