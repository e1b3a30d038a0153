import { parseExactJson } from "../platform/exact-json.ts";
import { errorToText } from "../errors.ts";
import { Refusal } from "../serve/refusal.ts";

/** The fields of an address's query by name. */
export type Query = Readonly<Record<string, string>>;

const LARGEST_LIMIT = 1_000;

/** @throws Refusal of a field that is unknown, given twice or empty, because a misspelt filter would match everything */
export function readQuery({ searchParams }: URL, known: readonly string[]): Query {
  const query: Record<string, string> = {};
  for (const [name, value] of searchParams) {
    const fields = known.length === 0 ? "This address takes none." : `They are ${known.join(", ")}.`;
    if (!known.includes(name)) throw refuseQuery(`No field of the query is called ${JSON.stringify(name)} here.`, fields);
    if (Object.hasOwn(query, name)) throw refuseQuery(`${name} is given twice in the query.`);
    if (value === "") throw refuseQuery(`${name} is empty in the query.`, "Leave it out, or give it a value.");
    query[name] = value;
  }
  return query;
}

/** The size of a page, if it is given. @throws Refusal */
export function readLimit({ limit }: Query): { readonly limit?: number } {
  if (limit === undefined) return {};
  const size = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (size >= 1 && size <= LARGEST_LIMIT) return { limit: size };
  throw refuseQuery(`limit is ${JSON.stringify(limit)} in the query.`, `It is a whole number from 1 to ${LARGEST_LIMIT}.`);
}

/** One of some words. @throws Refusal */
export function readWord<Word extends string>(query: Query, name: string, words: readonly Word[]): Word | undefined {
  const value = query[name];
  const word = words.find((each) => each === value);
  if (value === undefined || word !== undefined) return word;
  throw refuseQuery(`${name} is ${JSON.stringify(value)} in the query.`, `It is one of ${words.join(", ")}.`);
}

/** A value that is JSON. @throws Refusal */
export function readJsonField(query: Query, name: string): unknown {
  const value = query[name];
  if (value === undefined) return undefined;
  try {
    return parseExactJson(value);
  } catch (error) {
    throw refuseQuery(`${name} in the query ${errorToText(error)}.`);
  }
}

export function refuseQuery(problem: string, hint?: string): Refusal {
  return new Refusal(400, "QUERY_INVALID", problem, hint);
}

/** Without its undefined fields, because a filter's fields are there or not. */
export function given<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}
