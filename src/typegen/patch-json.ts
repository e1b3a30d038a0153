import { applyEdits, modify, parse, type FormattingOptions, type JSONPath, type ParseError } from "jsonc-parser";

/** A file as it should be. `changes` says in sentences what is different; without any, `text` is as it was. */
export type Patch = { readonly text: string; readonly changes: readonly string[] } | { readonly problem: string };

/** A value that is to be set in a JSON file, and the sentence that says so. */
export interface Setting {
  readonly path: JSONPath;
  readonly value: unknown;
  readonly change: string;
  /** Where a new property goes; the last place unless told otherwise. */
  readonly at?: "start" | "end";
}

/** The object in a JSON file that may have comments and trailing commas, empty for an empty file; otherwise a sentence that says why not. */
export function readJsonObject(text: string, file: string): { readonly value: Readonly<Record<string, unknown>> } | { readonly problem: string } {
  if (text.trim() === "") return { value: {} };
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  if (errors.length === 0 && isObject(value)) return { value };
  const line = text.slice(0, errors[0]?.offset ?? 0).split("\n").length;
  return { problem: `${file} is no JSON object that can be read, as of line ${line}: correct it first.` };
}

/** Sets values and leaves all else as it is: comments, order, indentation and line ends. */
export function applySettings(text: string, settings: readonly Setting[]): Patch {
  const formattingOptions = readFormat(text);
  const start = text.trim() === "" ? "{}\n" : text;
  const patched = settings.reduce((json, { path, value, at = "end" }) => {
    const getInsertionIndex = (properties: readonly string[]) => (at === "start" ? 0 : properties.length);
    return applyEdits(json, modify(json, path, value, { formattingOptions, getInsertionIndex }));
  }, start);
  return { text: settings.length === 0 ? text : patched, changes: settings.map(({ change }) => change) };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readFormat(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  return { insertSpaces: !indent.includes("\t"), tabSize: indent.length, eol: text.includes("\r\n") ? "\r\n" : "\n" };
}
