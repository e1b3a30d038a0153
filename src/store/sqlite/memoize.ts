/**
 * Remembers what `create` made for each key. For statements with a limit: as a literal it is part of the statement's text, while with
 * a bound one SQLite prepares the statement anew for each run, at four times the cost.
 */
export function memoize<Value>(create: (key: number) => Value): (key: number) => Value {
  const values = new Map<number, Value>();
  return (key) => {
    const known = values.get(key) ?? create(key);
    values.set(key, known);
    return known;
  };
}
