/** What a statement's parameters are bound to, by position. */
export type Values = (string | number | null)[];

/**
 * Remembers what `create` made for each key. It serves statements with a limit, which is a literal in the statement's text, because SQLite
 * prepares a statement with a bound limit anew for each run, at four times the cost.
 */
export function memoize<Value>(create: (key: number) => Value): (key: number) => Value {
  const values = new Map<number, Value>();
  return (key) => {
    const known = values.get(key) ?? create(key);
    values.set(key, known);
    return known;
  };
}

/** An SQL condition that holds where every given column has its value; it always holds where no column is given. */
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

/** An SQL condition: whether the mailbox row `alias` is an early event for which no instance is open. */
export function isKept(alias: string): string {
  return `(${alias}.kept_until IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM perdure_instances i
    WHERE i.process = ${alias}.process AND i.aggregate_id = ${alias}.aggregate_id AND i.ended_at IS NULL))`;
}

/**
 * An SQL condition: whether the mailbox row `alias` waits behind a dead letter or a suspension. An event does so when the open instance that it
 * would go to has failed, or is suspended. The row itself has no column that says so.
 */
export function isParked(alias: string): string {
  return `(${alias}.kind IN ('event', 'timer') AND EXISTS (
    SELECT 1 FROM perdure_instances i
    WHERE i.process = ${alias}.process AND i.aggregate_id = ${alias}.aggregate_id AND i.ended_at IS NULL AND (i.status = 'failed' OR i.suspended IS NOT NULL)))`;
}
