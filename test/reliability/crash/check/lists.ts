/** The items by key, each group in order. */
export function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

export function isAscending(numbers: readonly number[], how: "strictly" | "loosely"): boolean {
  return numbers.every(
    (number, index) => index === 0 || (how === "strictly" ? number > numbers[index - 1]! : number >= numbers[index - 1]!),
  );
}

/** The items in parts, each of which ends with one that is the last of its part. */
export function splitAfter<Item>(items: readonly Item[], isLast: (item: Item) => boolean): Item[][] {
  const parts: Item[][] = [[]];
  for (const item of items) {
    parts.at(-1)!.push(item);
    if (isLast(item)) parts.push([]);
  }
  return parts.filter((part) => part.length > 0);
}
