/** What a journal entry says of the context. */
interface ContextFacts {
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  readonly contextWithout?: readonly string[] | undefined;
}

/** The context that the changes in a journal, oldest first, add up to; `undefined` if the journal has none. */
export function foldContext(journal: readonly ContextFacts[]): Readonly<Record<string, unknown>> | undefined {
  let folded: Record<string, unknown> | undefined;
  for (const { context, contextWithout = [] } of journal) {
    if (context !== undefined) folded = { ...folded, ...context };
    for (const key of contextWithout) delete folded?.[key];
  }
  return folded;
}
