import { ProcessError } from "perdure";
import { describe, expect, test as it } from "vitest";
import { readSettings } from "../../src/runtime/check/settings.ts";
import { type ProcessSystemOptions, readOptions } from "../../src/system/system-options.ts";
import { readPage } from "./markdown.ts";

/** The rows of the page's tables of options: name, type, default. */
const rows = [...readPage("docs/reference/configuration.md").text.matchAll(/^\| `([\w.]+)` \| (.+?) \| (.+?) \|/gm)].map(
  ([, name = "", type = "", byDefault = ""]) => ({
    name,
    type,
    byDefault,
  }),
);

const groups = ["", "store", "host", "processes", "processes.retry", "processes.dlq", "retention", "limits"];

describe("docs/reference/configuration.md", () => {
  it("lists every option, and no other", () => {
    const known = groups.flatMap((group) => readKnown(group).map((name) => (group === "" ? name : `${group}.${name}`)));
    const listed = rows.map(({ name }) => name);
    expect(listed).toHaveLength(new Set(listed).size);
    expect(new Set(listed)).toEqual(new Set(known));
  });

  it("gives the defaults that hold when an option is left out", () => {
    const given = rows.filter(({ byDefault }) => /^`.*`$/.test(byDefault) && !["`{}`", "`[]`"].includes(byDefault));
    const options = given.reduce(
      (all, { name, byDefault }) => set(all, name, JSON.parse(byDefault.slice(1, -1))),
      {},
    ) as ProcessSystemOptions;
    expect(given.length).toBeGreaterThan(14);
    expect(readSettings(options.processes, options.retention)).toEqual(readSettings());
    const { openStore: _open, ...read } = readOptions(options);
    const { openStore: _openDefault, ...readDefault } = readOptions({});
    expect(JSON.stringify(read)).toEqual(JSON.stringify(readDefault));
    expect(options.store).toEqual({ type: "sqlite", path: "./perdure.db", synchronous: "full" });
  });

  it("lists no option that takes a value of any type", () => {
    const wrong = Symbol("of no type");
    expect(rows.filter(({ name }) => !isRefused(set({}, name, wrong))).map(({ name }) => name)).toEqual([]);
  });
});

function isRefused(options: ProcessSystemOptions): boolean {
  try {
    readOptions(options);
    return false;
  } catch (error) {
    return ProcessError.is(error, "CONFIG_INVALID");
  }
}

/** The options of a group, as its error lists them. */
function readKnown(group: string): readonly string[] {
  try {
    readOptions(set({}, group === "" ? "nonsense" : `${group}.nonsense`, 1));
  } catch (error) {
    if (ProcessError.is(error, "CONFIG_INVALID")) return /are (.+)\.$/.exec(error.hint ?? "")?.[1]?.split(", ") ?? [];
  }
  return [];
}

/** A copy of `options` with a value at a path such as `processes.retry.factor`. */
function set(options: Readonly<Record<string, unknown>>, path: string, value: unknown): Readonly<Record<string, unknown>> {
  const [key = "", ...rest] = path.split(".");
  return {
    ...options,
    [key]: rest.length === 0 ? value : set((options[key] ?? {}) as Readonly<Record<string, unknown>>, rest.join("."), value),
  };
}
