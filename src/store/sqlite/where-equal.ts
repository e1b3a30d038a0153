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
