/** What a statement's parameters are bound to, by position. */
export type Values = (string | number | null)[];

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

/** An SQL condition that holds where every column that is given has its value; always true where none is. */
export function whereEqual(columns: Readonly<Record<string, string | number | undefined>>): {
  readonly where: string;
  readonly values: readonly (string | number)[];
} {
  const given = Object.entries(columns).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  return {
    where: ["1", ...given.map(([column]) => `${column} = ?`)].join(" AND "),
    values: given.map(([, value]) => value),
  };
}

/**
 * An SQL condition: whether the mailbox row `alias` waits behind a dead letter, which an event does when the open instance it
 * would go to has failed. Rows carry no mark of it.
 */
export function isParked(alias: string): string {
  return `(${alias}.kind = 'event' AND EXISTS (
    SELECT 1 FROM perdure_instances i
    WHERE i.process = ${alias}.process AND i.aggregate_id = ${alias}.aggregate_id AND i.ended_at IS NULL AND i.status = 'failed'))`;
}
