/** A piece of TypeScript or JavaScript that is no comment, no space and no regular expression. */
export interface CodeToken {
  /** `text`: a string, without its quotes; a template with something in it is none. `sign`: one character. */
  readonly kind: "word" | "text" | "sign";
  readonly value: string;
}

const WORD = /[\p{ID_Start}$_][\p{ID_Continue}$\u200C\u200D]*/uy;
const NUMBER = /\d[\w.]*/y;
const SPACE = /\s+/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;
// A string ends with its line, so that a quote which is none takes no more than that.
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?/y;
const REGULAR_EXPRESSION = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const TEMPLATE_PART = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y;

/** Words behind which a slash begins a regular expression, because no value has ended. */
const WORDS_BEFORE_VALUES = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "delete",
  "void",
  "throw",
  "new",
  "else",
  "do",
  "await",
  "yield",
]);

/** The tokens of a text. Whatever the text is, it is read to its end; what is no code gives tokens without a meaning. */
export function readTokens(code: string): readonly CodeToken[] {
  const tokens: CodeToken[] = [];
  // How many braces are open in each template that the text is in at the moment.
  const templates: number[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [taken] = pattern.exec(code) ?? [];
    if (taken === undefined || taken === "") return undefined;
    at += taken.length;
    return taken;
  };
  /** The rest of a template, up to its end or to the next value in it. */
  const takeTemplate = (): void => {
    const text = take(TEMPLATE_PART) ?? "";
    const isWhole = code[at] === "`" && code[at - text.length - 1] === "`";
    if (code[at] === "$") {
      at += 2;
      templates.push(0);
      return;
    }
    at += 1;
    if (isWhole) tokens.push({ kind: "text", value: text });
  };
  while (at < code.length) {
    if (take(SPACE) !== undefined || take(COMMENT) !== undefined) continue;
    if (mayBeginValue(tokens.at(-1)) && take(REGULAR_EXPRESSION) !== undefined) {
      // As a value it ends what came before it.
      tokens.push({ kind: "word", value: "" });
      continue;
    }
    const text = take(STRING);
    const word = text === undefined ? (take(WORD) ?? take(NUMBER)) : undefined;
    if (text !== undefined)
      tokens.push({ kind: "text", value: text.slice(1, text.length > 1 && text.endsWith(text[0]!) ? -1 : undefined) });
    else if (word !== undefined) tokens.push({ kind: "word", value: word });
    else {
      const sign = code[at]!;
      at += 1;
      if (sign === "`") {
        takeTemplate();
        continue;
      }
      const open = templates.at(-1);
      if (sign === "}" && open === 0) {
        templates.pop();
        takeTemplate();
        continue;
      }
      if (open !== undefined && (sign === "{" || sign === "}")) templates[templates.length - 1] = open + (sign === "{" ? 1 : -1);
      tokens.push({ kind: "sign", value: sign });
    }
  }
  return tokens;
}

function mayBeginValue(before: CodeToken | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === "word") return WORDS_BEFORE_VALUES.has(before.value);
  return before.kind === "sign" && ![")", "]", "}"].includes(before.value);
}
