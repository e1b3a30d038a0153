import type { StandardSchema } from "perdure";
import type { ProcessSpec } from "./domain.ts";

/** What an instance of the fuzzer remembers, said apart from the library. */
export interface Remembered {
  /** The label of the event that was noted last. */
  readonly last: string;
  /** How many were noted. */
  readonly count: number;
  /** A key that comes and goes. */
  readonly spare?: string;
}

export type Patch = { readonly [Key in keyof Remembered]?: unknown };

/** What a handler wants of the context. `refuse`: what the schema does not take. */
export type Wish = "note" | "spare" | "refuse";

export const nothing: Remembered = { last: "", count: 0 };

/** What a handler returns for a wish. */
export function createPatch(wish: Wish, label: string, { count }: Remembered): Patch {
  switch (wish) {
    case "note":
      return { last: label, count: count + 1 };
    case "spare":
      return { spare: label };
    case "refuse":
      return { last: 7 };
  }
}

/** What the schema makes of a context; `undefined`: it refuses that. An instance gives up its spare key at every second note. */
function accept({ last = "", count = 0, spare }: Patch): Remembered | undefined {
  if (typeof last !== "string" || typeof count !== "number" || (spare !== undefined && typeof spare !== "string")) return undefined;
  return { last, count, ...(spare !== undefined && count % 2 === 1 && { spare }) };
}

/** What a patch makes of a context; `undefined`: it is refused, because of the schema or because a key of it would be lost. */
export function remember(before: Remembered, patch: Patch): Remembered | undefined {
  const after = accept({ ...before, ...patch });
  return after !== undefined && Object.keys(patch).every((key) => Object.hasOwn(after, key)) ? after : undefined;
}

export function completes({ remembers }: ProcessSpec, context: Partial<Remembered>): boolean {
  return remembers?.completesAt !== undefined && (context.count ?? 0) >= remembers.completesAt;
}

/** The schema of a process that remembers. */
export function createSchema({ isAsync }: { readonly isAsync: boolean }): StandardSchema<unknown, Remembered> {
  const validate = (value: unknown) => {
    const accepted = accept(value as Patch);
    return accepted === undefined ? { issues: [{ message: "not what the fuzzer remembers" }] } : { value: accepted };
  };
  return {
    "~standard": { version: 1, vendor: "fuzzer", validate: isAsync ? async (value: unknown) => validate(value) : validate },
  };
}

/** A context as text, whatever the order of its keys. */
export function tellContext(context: object | undefined): string {
  return context === undefined ? "nothing" : JSON.stringify(Object.entries(context).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
