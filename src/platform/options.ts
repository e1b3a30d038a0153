import { ProcessError } from "../errors.ts";
import { durationForms, readDuration } from "./duration.ts";
import { didYouMean, suggestName } from "./suggest.ts";

/** @throws ProcessError `CONFIG_INVALID`, saying that the option must be `allowed` */
export function expectOption(holds: boolean, name: string, value: unknown, allowed: string): asserts holds {
  if (holds) return;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new ProcessError("CONFIG_INVALID", `${name} is ${shown}`, { hint: `It must be ${allowed}.`, details: { option: name, value } });
}

/**
 * `place` is what stands before the key in the message; by default the options are a part of `name`, as in `store.path`.
 * @throws ProcessError `CONFIG_INVALID` if `options` is not an object or has a key that is not in `known`
 */
export function refuseUnknownKeys(options: unknown, name: string, known: readonly string[], place = `${name}.`): void {
  expectOption(typeof options === "object" && options !== null && !Array.isArray(options), name, options, "an object");
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const close = suggestName(key, known);
    throw new ProcessError("CONFIG_INVALID", `${place}${key} is not an option${didYouMean(close)}`, {
      hint: `The options of ${name} are ${known.join(", ")}.`,
    });
  }
}

/** @throws ProcessError `CONFIG_INVALID` if a value is given that is no text */
export function expectText(value: unknown, name: string): void {
  expectOption(value === undefined || typeof value === "string", name, value, "a text");
}

/** `false` if it is left out. @throws ProcessError `CONFIG_INVALID` */
export function readFlag(value: unknown, name: string): boolean {
  expectOption(value === undefined || typeof value === "boolean", name, value, "true or false");
  return value ?? false;
}

/** @throws ProcessError `CONFIG_INVALID` if a value is given that is none of `words` */
export function expectWord(value: unknown, name: string, words: readonly string[]): void {
  const holds = value === undefined || (typeof value === "string" && words.includes(value));
  expectOption(holds, name, value, `one of ${words.join(", ")}`);
}

/** The identity that a method is called with. `name` says which. @throws ProcessError `CONFIG_INVALID` */
export function expectId(value: unknown, name: string): asserts value is string {
  expectOption(typeof value === "string", name, value, "a text");
}

/** In milliseconds. @throws ProcessError `CONFIG_INVALID` */
export function readOptionDuration(value: unknown, name: string): number {
  const durationMs = readDuration(value);
  expectOption(durationMs !== undefined, name, value, durationForms);
  return durationMs;
}

/** Whether a value is the address of a server, such as `http://127.0.0.1:8080`. */
export function isAddress(value: unknown): value is string {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, search, hash } = new URL(value);
  return (protocol === "http:" || protocol === "https:") && search === "" && hash === "";
}
