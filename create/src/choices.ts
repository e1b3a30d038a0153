export const layouts = ["flat", "src"] as const;
export const fronts = ["none", "hono"] as const;
export const packageManagers = ["npm", "pnpm"] as const;

export type Layout = (typeof layouts)[number];
export type Front = (typeof fronts)[number];
export type PackageManagerName = (typeof packageManagers)[number];

/** What is asked, unless options say it. */
export interface Answers {
  /** The project's folder, from the working directory. */
  readonly folder: string;
  /** `flat`: sources lie beside package.json; `src`: in a folder of their own. */
  readonly layout: Layout;
  /** Whether there is a program with an HTTP front, and with which framework. */
  readonly http: Front;
}

/** A project that is to be made. */
export interface Choices extends Answers {
  /** The name in its package.json. */
  readonly name: string;
  readonly packageManager: PackageManagerName;
  /** What its package.json depends on as `perdure`: a range of versions, or a tarball that lies in the project. */
  readonly perdure: string;
}

/** What is taken when nobody is asked. */
export const usual: Answers = { folder: "my-process", layout: "flat", http: "none" };

/** The folder that sources lie in, with `/` at its end if it is not the project's own. */
export function sourcesOf({ layout }: Pick<Choices, "layout">): "" | "src/" {
  return layout === "src" ? "src/" : "";
}

/** The tarball in the project that `perdure` is installed from, if it is not the registry's. */
export function tarballOf({ perdure }: Pick<Choices, "perdure">): string | undefined {
  return perdure.startsWith("file:") ? perdure.slice("file:".length) : undefined;
}
