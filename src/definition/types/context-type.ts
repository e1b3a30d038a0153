import type { ContextPatch, DeepReadonly } from "../model/context.ts";

/** What the context of a process is, as its handlers see it: `Module` is the type of its `context.ts`. Without a schema it is `unknown`. */
export type ContextOutput<Module> =
  IsAny<Module> extends true
    ? unknown
    : Module extends { readonly context: { readonly "~standard": { readonly types?: infer Types } } }
      ? NonNullable<Types> extends { readonly output: infer Output }
        ? DeepReadonly<Output>
        : unknown
      : unknown;

/**
 * What is wrong with the patches that handlers return, as a union of sentences; `never` if nothing is. `Modules` are the types of the
 * handlers' files by name. A handler is a function without a type of its own that could refuse a patch, so that it is said in the config.
 */
export type PatchProblem<Context, Modules> = unknown extends Context
  ? never
  : { [Name in keyof Modules & string]: ProblemOfModule<Name, Context, Modules[Name]> }[keyof Modules & string];

type ProblemOfModule<Name extends string, Context, Module> =
  IsAny<Module> extends true
    ? never
    : Module extends { readonly handler: (args: never) => infer Returned }
      ? IsAny<Awaited<Returned>> extends true
        ? never
        : ProblemOfPatch<Name, Context, Awaited<Returned>>
      : never;

type ProblemOfPatch<Name extends string, Context, Returned> = [Extract<Returned, NoPatch>] extends [never]
  ? [UnknownKey<Context, Returned>] extends [never]
    ? [WrongKey<Widened<Context>, Returned>] extends [never]
      ? never
      : `${Name} returns a patch in which ${WrongKey<Widened<Context>, Returned>} has a type that is not the one of the context.`
    : `${Name} returns a patch with ${UnknownKey<Context, Returned>}, which is not a key of the context.`
  : `${Name} returns what is not a patch. Let it return an object of the keys that it changes, or nothing.`;

type NoPatch = string | number | bigint | boolean | symbol | null | readonly unknown[];

/** The keys of a patch, of a union of patches those of all, that the context does not have. */
export type UnknownKey<Context, Returned> = Returned extends object ? Exclude<keyof Returned, keyof Context> & string : never;

type WrongKey<Context, Returned> = Returned extends object
  ? {
      [Key in keyof Returned & keyof Context & string]-?: Returned[Key] extends Context[Key] | undefined ? never : Key;
    }[keyof Returned & keyof Context & string]
  : never;

/** What TypeScript makes of a value that a function without an annotation returns: `"paid"` is any text then. */
export type Widened<Value> =
  IsAny<Value> extends true
    ? Value
    : Value extends string
      ? string
      : Value extends number
        ? number
        : Value extends boolean
          ? boolean
          : Value extends object
            ? { readonly [Key in keyof Value]: Widened<Value[Key]> }
            : Value;

// Nothing follows from a module that TypeScript knows nothing of.
type IsAny<Value> = 0 extends 1 & Value ? true : false;

/** What a handler may return: what it changes of the context, or nothing. */
export type Patch<Context> = ContextPatch<Context> | undefined | void;
