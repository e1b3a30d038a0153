const refused: ReadonlySet<string> = new Set(["BEGIN", "COMMIT", "END", "ATTACH", "DETACH", "PRAGMA", "VACUUM"]);

// What is quoted or commented out comes first, so that nothing in it is taken for a word. A `;` ends a statement, except in a trigger's body.
const TOKEN = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?|[A-Za-z_][\w$]*|\S/g;

/**
 * The first statement of `source` that would end, leave or change the transaction that it runs in, by its first word; `undefined`: there is
 * none. Savepoints of one's own may be made, released and rolled back to.
 */
export function findControl(source: string): string | undefined {
  for (const words of splitStatements(source)) {
    const [first = "", second, third] = words;
    if (refused.has(first)) return first;
    if (first === "ROLLBACK" && second !== "TO" && !(second === "TRANSACTION" && third === "TO")) return first;
  }
  return undefined;
}

/** The first words of each statement, in capitals. */
function* splitStatements(source: string): Generator<readonly string[]> {
  let tokens: string[] = [];
  for (const [text] of source.matchAll(TOKEN)) {
    if (text.startsWith("--") || text.startsWith("/*")) continue;
    if (text !== ";") {
      tokens.push(text.toUpperCase());
      continue;
    }
    if (isTrigger(tokens) && !(tokens.at(-1) === "END" && tokens.at(-2) === ";")) {
      tokens.push(text);
      continue;
    }
    yield tokens;
    tokens = [];
  }
  yield tokens;
}

function isTrigger([first, second, third]: readonly string[]): boolean {
  return first === "CREATE" && (second === "TRIGGER" || (third === "TRIGGER" && (second === "TEMP" || second === "TEMPORARY")));
}
