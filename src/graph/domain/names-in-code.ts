import { type FoundCommand, LATER } from "../draw-options.ts";
import { type CodeToken, readTokens } from "./code-tokens.ts";

// What is found here is what the text says, and not what runs: a name that is computed is missed, and code that is never reached counts.

/**
 * The names of commands that the code of a handler dispatches, each once: of `commands.packOrder`, `commands["packOrder"]` and
 * `const { packOrder } = commands`.
 */
export function findDispatched(code: string): readonly string[] {
  const tokens = readTokens(code);
  return unique(tokens.flatMap((token, at) => (isWord(token, "commands") ? readNames(tokens, at) : [])));
}

/** The same commands with how much later each is to run, each pair once: `commands.remind({ delay: "7d" })`. */
export function findDispatchedCalls(code: string): readonly FoundCommand[] {
  const tokens = readTokens(code);
  const calls = findDispatched(code).flatMap((name) => {
    const delays = tokens.flatMap((token, at) => {
      const isName = (token.kind === "word" || token.kind === "text") && token.value === name;
      // commands.remind( or commands["remind"](
      const opening = isSign(tokens[at + 1], "]") ? at + 2 : at + 1;
      return isName && isSign(tokens[opening], "(") ? [readDelay(tokens, opening)] : [];
    });
    return unique(delays.length === 0 ? [undefined] : delays).map((delay): FoundCommand => ({ name, delay }));
  });
  return calls;
}

/** What the call whose bracket is at this place says of its `delay`. */
function readDelay(tokens: readonly CodeToken[], opening: number): string | undefined {
  let depth = 0;
  for (let at = opening; at < tokens.length; at += 1) {
    const token = tokens[at]!;
    if (token.kind === "sign" && "{[(".includes(token.value)) depth += 1;
    if (token.kind === "sign" && "}])".includes(token.value)) depth -= 1;
    if (depth === 0) break;
    const isKey = depth === 2 && isWord(token, "delay") && (isSign(tokens[at - 1], "{") || isSign(tokens[at - 1], ","));
    if (!isKey) continue;
    const [sign, value, end] = [tokens[at + 1], tokens[at + 2], tokens[at + 3]];
    const isWhole = isSign(end, ",") || isSign(end, "}");
    if (!isSign(sign, ":") || value === undefined || !isWhole) return LATER;
    if (value.kind === "text") return value.value;
    return value.kind === "word" && /^\d[\d_]*$/.test(value.value) ? `${value.value.replaceAll("_", "")} ms` : LATER;
  }
  return undefined;
}

/** The types among `known` that the code gives to an event: `type: "OrderPacked"`. */
export function findEventTypes(code: string, known: ReadonlySet<string>): readonly string[] {
  const tokens = readTokens(code);
  const types = tokens.flatMap((token, at) => {
    if (token.value !== "type" || token.kind === "sign" || !isSign(tokens[at + 1], ":")) return [];
    const value = tokens[at + 2];
    return value?.kind === "text" && known.has(value.value) ? [value.value] : [];
  });
  return unique(types);
}

/** What is taken from the word `commands` at this place. */
function readNames(tokens: readonly CodeToken[], at: number): readonly string[] {
  let next = at + 1;
  if (isSign(tokens[next], "!")) next += 1;
  if (isSign(tokens[next], "?") && isSign(tokens[next + 1], ".")) next += isSign(tokens[next + 2], "[") ? 2 : 1;
  const [sign, name] = [tokens[next], tokens[next + 1]];
  if (isSign(sign, ".")) return name?.kind === "word" ? [name.value] : [];
  if (isSign(sign, "[")) return name?.kind === "text" && isSign(tokens[next + 2], "]") ? [name.value] : [];
  // { packOrder } = commands
  if (isSign(tokens[at - 1], "=") && isSign(tokens[at - 2], "}")) return readKeys(tokens, findOpening(tokens, at - 2));
  // ({ commands: { packOrder } })
  if (isSign(sign, ":") && isSign(name, "{")) return readKeys(tokens, next + 1);
  return [];
}

/** The keys of the pattern whose brace is at this place. */
function readKeys(tokens: readonly CodeToken[], opening: number): readonly string[] {
  const keys: string[] = [];
  let depth = 0;
  for (let at = opening; at >= 0 && at < tokens.length; at += 1) {
    const token = tokens[at]!;
    const before = tokens[at - 1];
    if (depth === 1 && token.kind === "word" && (isSign(before, "{") || isSign(before, ","))) keys.push(token.value);
    if (token.kind !== "sign") continue;
    if ("{[(".includes(token.value)) depth += 1;
    if ("}])".includes(token.value)) depth -= 1;
    if (depth === 0) break;
  }
  return keys;
}

function findOpening(tokens: readonly CodeToken[], closing: number): number {
  let depth = 0;
  for (let at = closing; at >= 0; at -= 1) {
    if (isSign(tokens[at], "}")) depth += 1;
    if (isSign(tokens[at], "{")) depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

function isWord(token: CodeToken | undefined, value: string): boolean {
  return token?.kind === "word" && token.value === value;
}

function isSign(token: CodeToken | undefined, value: string): boolean {
  return token?.kind === "sign" && token.value === value;
}

function unique<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}
