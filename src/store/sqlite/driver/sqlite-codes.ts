// In the order of their numbers, from 0. SQLite never gives one another number.
const primary =
  "OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB".split(
    " ",
  );

/**
 * The name of a result code of SQLite, which `node:sqlite` gives as a number: `SQLITE_BUSY`. Of an extended one it is that of the code that it
 * extends, and its number: `SQLITE_IOERR_778`.
 */
export function nameOfNumber(errcode: number): string {
  const name = primary[errcode & 0xff];
  if (name === undefined) return `SQLITE_${errcode}`;
  return errcode > 0xff ? `SQLITE_${name}_${errcode}` : `SQLITE_${name}`;
}
