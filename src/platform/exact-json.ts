import { errorToText } from "../errors.ts";

/**
 * The value of a JSON text, with nothing lost.
 * @throws SyntaxError if the text is not JSON, or has a number that JavaScript would round, such as an id of 64 bits; its message lacks the
 * subject, as in `is not JSON: …`
 */
export function parseExactJson(text: string): unknown {
  const value = parseJson(text);
  const inexact = mayBeInexact.test(text) ? findInexactNumber(text) : undefined;
  if (inexact === undefined) return value;
  const instead = Number.isFinite(Number(inexact)) ? `would become ${Number(inexact)}` : "is too large";
  throw new SyntaxError(`has the number ${inexact}, which ${instead}: write it as a text, "${inexact}"`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`is not JSON: ${errorToText(error)}`, { cause: error });
  }
}

// Every number that is neither huge nor tiny keeps up to 15 digits.
const mayBeInexact = /[\d.]{16}|\d[eE][-+]?\d{2}/;

/** The first number of a valid JSON text that is another one as a JavaScript number. */
function findInexactNumber(text: string): string | undefined {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') at = findClosingQuote(text, at);
    else if (isNumberStart(text[at]!)) {
      numberToken.lastIndex = at;
      const [token] = numberToken.exec(text)!;
      if (toDecimal(token) !== toDecimal(String(Number(token)))) return token;
      at += token.length - 1;
    }
  }
  return undefined;
}

const numberToken = /[-+.\deE]+/y;

function isNumberStart(char: string): boolean {
  return char === "-" || (char >= "0" && char <= "9");
}

function findClosingQuote(text: string, opening: number): number {
  let quote = text.indexOf('"', opening + 1);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}

/** One way to write a decimal number: its digits without zeros around them, and the power of ten of the last. `Infinity` has none. */
function toDecimal(number: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "0" : `${sign}${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}
