import type { Database, DriverName } from "./driver/database.ts";
import { checkOwner } from "./check-owner.ts";
import { loadDriver } from "./driver/load-driver.ts";
import { translateSqliteError } from "./sqlite-error.ts";

/**
 * Writes all that the store at `path` holds at this moment into the new file `copy`, also beside a worker. The file at `path` is only read.
 * @throws ProcessError as opening the store does
 */
export function copyDatabase(path: string, copy: string, driver?: DriverName): void {
  let database: Database | undefined;
  try {
    database = loadDriver(driver).open(path, { readonly: true });
    checkOwner(database);
    database.prepare("VACUUM INTO ?").run(copy);
  } catch (error) {
    throw translateSqliteError(error, path);
  } finally {
    database?.close();
  }
}
