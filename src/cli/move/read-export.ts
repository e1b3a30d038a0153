import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { displayPath } from "../../definition/report/display-path.ts";
import { errorToText } from "../../errors.ts";
import { isPlainObject } from "../../platform/json.ts";
import { readLines, refuseLine } from "../send/read-lines.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import { EXPORT_FORMAT, type ExportHeader, type KeyLine } from "./export-lines.ts";

/**
 * The keys of an export, as they are read, each with what the first line says of all.
 * @throws CliError if there is no such file, if it is no export, if a line is broken, and at its end if the export is not whole
 */
export async function* readExport(file: string): AsyncGenerator<{ readonly header: ExportHeader; readonly key: KeyLine }> {
  let header: ExportHeader | undefined;
  let keys = 0;
  let isEnded = false;
  for await (const { number, text } of readLines(await openExport(file))) {
    const line = parseLine(text, number);
    if (header === undefined) {
      header = readHeader(line, file);
      continue;
    }
    if (isEnded) throw refuseLine(number, "it follows the end of the export");
    if (line.end === true) {
      if (line.keys !== keys) throw refuseLine(number, `it says that ${String(line.keys)} keys are before it, and there are ${keys}`);
      isEnded = true;
      continue;
    }
    if (!isKeyLine(line)) throw refuseLine(number, "it is not a key as `perdure export` writes it");
    keys += 1;
    yield { header, key: line };
  }
  if (!isEnded) throw refuseCutOff(file);
}

async function openExport(file: string): Promise<AsyncIterable<Buffer>> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw new CliError(exitCodes.notFound, `there is no file ${displayPath(file)}`, "Name one that `perdure export --out` has written.");
  }
  return createReadStream(file);
}

function parseLine(text: string, number: number): Readonly<Record<string, unknown>> {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch (error) {
    throw refuseLine(number, `it is not JSON: ${errorToText(error)}`);
  }
  if (!isPlainObject(line)) throw refuseLine(number, "it is not an object");
  return line;
}

function readHeader(line: Readonly<Record<string, unknown>>, file: string): ExportHeader {
  const { perdure, format, exportId, unkeyedUpTo, lastPosition, lastSeq } = line;
  const isNumber = (value: unknown) => Number.isSafeInteger(value);
  if (perdure !== "export" || !isNumber(format)) {
    throw new CliError(exitCodes.usage, `${displayPath(file)} is no export`, "Name a file that `perdure export --out` has written.");
  }
  if ((format as number) > EXPORT_FORMAT) {
    throw new CliError(
      exitCodes.usage,
      `${displayPath(file)} has format ${String(format)}, and this version of Perdure reads up to ${EXPORT_FORMAT}`,
      "Import it with the version that has written it.",
    );
  }
  if (typeof exportId !== "string" || ![unkeyedUpTo, lastPosition, lastSeq].every(isNumber)) {
    throw refuseLine(1, "it lacks what an export says of all its keys");
  }
  // The fields that are used were looked at.
  return line as unknown as ExportHeader;
}

function isKeyLine(line: object): line is KeyLine {
  const { process, aggregateId, parent, ...lists } = line as Readonly<Record<string, unknown>>;
  return (
    typeof process === "string" &&
    typeof aggregateId === "string" &&
    aggregateId !== "" &&
    (parent === null || isPlainObject(parent)) &&
    ["instances", "entries", "commands", "letters", "journal", "seen"].every((name) => Array.isArray(lists[name]))
  );
}

function refuseCutOff(file: string): CliError {
  return new CliError(
    exitCodes.usage,
    `${displayPath(file)} is cut off: the line that ends an export is missing`,
    "Nothing was imported. Export again, until `perdure export` ends with 0.",
  );
}
