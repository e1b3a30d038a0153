/**
 * What a payload is after its schema, as handlers see it. `Module` is the type of an event's or a command's file; without a
 * schema in it a payload is `unknown`.
 */
export type PayloadOutput<Module> = SchemaTypes<Module> extends { readonly output: infer Output } ? Output : unknown;

/** What a payload is before its schema, as it is given to `dispatch` or to a command. Without a schema it is any object. */
export type PayloadInput<Module> = SchemaTypes<Module> extends { readonly input: infer Input } ? Input : Readonly<Record<string, unknown>>;

// A module that TypeScript knows nothing of, such as JavaScript without allowJs or a file that is gone, is `any`: nothing follows
// from it. It is asked inside of tuples, for the `any` of an import that fails goes through a bare condition, and one such event
// would make every event `any`.
type SchemaTypes<Module> = [0] extends [1 & Module]
  ? { readonly input: unknown; readonly output: unknown }
  : Module extends { readonly payload: { readonly "~standard": { readonly types?: infer Types } } }
    ? NonNullable<Types>
    : undefined;
