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

/**
 * The object in a JSON file that may have comments and trailing commas, empty for an empty file; otherwise a sentence that says why not.
 * `section` is a property in it that has to be an object as well, if it is there.
 */
export function readJsonObject(
  text: string,
  file: string,
  section?: string,
): { readonly value: Readonly<Record<string, unknown>> } | { readonly problem: string } {
  const { json } = splitMark(text);
  if (json.trim() === "") return { value: {} };
  const errors: ParseError[] = [];
  const value: unknown = parse(json, errors, { allowTrailingComma: true });
  if (errors.length > 0 || !isObject(value)) {
    const line = json.slice(0, errors[0]?.offset ?? 0).split("\n").length;
    return { problem: `${file} is not a JSON object that can be read, as of line ${line}: correct it first.` };
  }
  if (section !== undefined && value[section] !== undefined && !isObject(value[section]))
    return { problem: `${section} in ${file} is not an object: correct it first.` };
  return { value };
}

/** Sets values and leaves all else as it is: comments, order, indentation and line ends. */
export function applySettings(text: string, settings: readonly Setting[]): Patch {
  const { mark, json: given } = splitMark(text);
  const formattingOptions = readFormat(given);
  const start = given.trim() === "" ? "{}\n" : given;
  const patched = settings.reduce((json, { path, value, at = "end" }) => {
    const getInsertionIndex = (properties: readonly string[]) => (at === "start" ? 0 : properties.length);
    return applyEdits(json, modify(json, path, value, { formattingOptions, getInsertionIndex }));
  }, start);
  return { text: settings.length === 0 ? text : mark + patched, changes: settings.map(({ change }) => change) };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Editors on Windows begin a file with a byte order mark, which is not part of the JSON.
function splitMark(text: string): { readonly mark: string; readonly json: string } {
  return text.startsWith("\uFEFF") ? { mark: "\uFEFF", json: text.slice(1) } : { mark: "", json: text };
}

function readFormat(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  return { insertSpaces: !indent.includes("\t"), tabSize: indent.length, eol: text.includes("\r\n") ? "\r\n" : "\n" };
}
