import type { StandardSchema } from "perdure";
import type { ProcessSpec, Version } from "./domain.ts";

/** What an instance of the fuzzer remembers, said apart from the library. */
export interface Remembered {
  /** The label of the event that was noted last. */
  readonly last: string;
  /** How many were noted. */
  readonly count: number;
  /** A key that comes and goes. */
  readonly spare?: string;
  /** From version 2 on: whether it began in version 1. */
  readonly era?: "old" | "new";
}

export type Patch = { readonly [Key in keyof Remembered]?: unknown };

/** What a handler wants of the context. `refuse`: what the schema does not take. */
export type Wish = "note" | "spare" | "refuse";

export const nothing: Remembered = { last: "", count: 0 };

/** What an instance remembers when it begins in a version of its process. */
export function beginIn(version: Version): Remembered {
  return accept({}, version)!;
}

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

/**
 * What the schema of a version makes of a context; `undefined`: it refuses that. An instance gives up its spare key at every second note. A
 * version takes no notice of a key that it does not know.
 */
function accept({ last = "", count = 0, spare, era = "new" }: Patch, version: Version): Remembered | undefined {
  if (typeof last !== "string" || typeof count !== "number" || (spare !== undefined && typeof spare !== "string")) return undefined;
  if (era !== "old" && era !== "new") return undefined;
  return { last, count, ...(spare !== undefined && count % 2 === 1 && { spare }), ...(version === 2 && { era }) };
}

/** What a patch makes of a context; `undefined`: it is refused, because of the schema or because a key of it would be lost. */
export function remember(before: Remembered, patch: Patch, version: Version): Remembered | undefined {
  const after = accept({ ...before, ...patch }, version);
  return after !== undefined && Object.keys(patch).every((key) => Object.hasOwn(after, key)) ? after : undefined;
}

/** What the migration from version 1 to version 2 makes of a context: it notes the age of the instance, and gives up its spare key. */
export function migrate({ last, count }: Remembered): Remembered {
  return { last, count, era: "old" };
}

/** Whether that migration throws, as long as nothing is healed. */
export function isUnmigratable({ count }: Remembered): boolean {
  return count % 2 === 1;
}

export function completes({ remembers }: ProcessSpec, context: Partial<Remembered>): boolean {
  return remembers?.completesAt !== undefined && (context.count ?? 0) >= remembers.completesAt;
}

/** The schema of a process that remembers, as it is in a version. */
export function createSchema({ isAsync }: { readonly isAsync: boolean }, version: Version): StandardSchema<unknown, Remembered> {
  const validate = (value: unknown) => {
    const accepted = accept(value as Patch, version);
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
