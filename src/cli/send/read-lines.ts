import { constants, isUtf8 } from "node:buffer";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";

/** A line of a file; the first has the number 1. */
export interface FileLine {
  readonly number: number;
  /** Without what ends it, and without a byte order mark. */
  readonly text: string;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from("\uFEFF");

/**
 * The lines of a file in UTF-8, as they are read. A line ends with a newline, or a carriage return and a newline, and with nothing else
 * that Unicode has; the last one may do without.
 * @throws CliError naming a line that is not UTF-8, or has more than `longest` bytes
 */
export async function* readLines(input: AsyncIterable<Buffer>, longest: number = constants.MAX_STRING_LENGTH): AsyncGenerator<FileLine> {
  let number = 1;
  let begun: Buffer[] = [];
  let begunBytes = 0;
  const hold = (bytes: Buffer) => {
    begun.push(bytes);
    begunBytes += bytes.length;
    if (begunBytes > longest) throw refuseLine(number, `it is longer than ${longest} bytes`);
  };
  for await (const chunk of input) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      hold(chunk.subarray(from, end));
      yield { number, text: decodeLine(Buffer.concat(begun), number) };
      number += 1;
      [begun, begunBytes, from] = [[], 0, end + 1];
    }
    hold(chunk.subarray(from));
  }
  if (begunBytes > 0) yield { number, text: decodeLine(Buffer.concat(begun), number) };
}

export function refuseLine(number: number, problem: string): CliError {
  return new CliError(exitCodes.usage, `line ${number}: ${problem}`);
}

function decodeLine(line: Buffer, number: number): string {
  if (!isUtf8(line)) {
    const at = findBadByte(line);
    const byte = line[at]!.toString(16).toUpperCase();
    throw refuseLine(
      number,
      `it is not UTF-8: its byte ${at + 1} is 0x${byte}. To convert a file, use \`iconv -f latin1 -t utf-8\`, for example`,
    );
  }
  const begin = line.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  const end = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
  return line.toString("utf8", begin, end);
}

/** Where the first byte is that becomes another one if the line is read all the same. */
function findBadByte(line: Buffer): number {
  const read = Buffer.from(line.toString("utf8"));
  return line.findIndex((byte, at) => byte !== read[at]);
}
