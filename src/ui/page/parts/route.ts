import { useEffect, useState } from "preact/hooks";

/** Where the reader is: it is the part of the address behind `#`, so that it can be bookmarked wherever the page is mounted. */
export interface Route {
  /** Such as `instances`; empty for the overview. */
  readonly view: string;
  /** What the view is about, such as a processId. */
  readonly id: string;
  readonly query: Readonly<Record<string, string>>;
}

export function readRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...rest] = path.split("/");
  return { view, id: decode(rest.join("/")), query: Object.fromEntries(new URLSearchParams(search)) };
}

export function toHash({ view, id = "", query = {} }: { readonly view: string; readonly id?: string; readonly query?: Query }): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "");
  const search = given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
  return `#/${view}${id === "" ? "" : `/${encodeURIComponent(id)}`}${search}`;
}

export type Query = Readonly<Record<string, string | undefined>>;

export function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(readRoute(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}

/** Changes fields of the query where the reader is; a field that is empty goes. */
export function changeQuery(route: Route, change: Query): void {
  location.hash = toHash({ ...route, query: { ...route.query, ...change } });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Somebody has written the address by hand.
    return text;
  }
}
