/** Does something with each of the items, `callers` of them at a time. */
export async function takeTurns<Item>(items: readonly Item[], callers: number, work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (const item of left) await work(item);
    }),
  );
}
