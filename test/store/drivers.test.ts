import { describe, expect, test as it } from "vitest";
import { type Driver, type DriverName, driverNames } from "../../src/store/sqlite/driver/database.ts";
import { loadDriver } from "../../src/store/sqlite/driver/load-driver.ts";
import { nameOfNumber } from "../../src/store/sqlite/driver/sqlite-codes.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { driverRules } from "./driver-rules.ts";

/** `undefined` where this Node cannot load it; `npm run test:nodes` holds other versions of Node to the same rules. */
function find(name: DriverName): Driver | undefined {
  try {
    return loadDriver(name);
  } catch {
    return undefined;
  }
}

for (const name of driverNames) {
  const driver = find(name);
  describe.skipIf(driver === undefined)(`${name}, as a driver`, () => {
    it.each(driverRules.map((rule) => [rule.name, rule] as const))("%s", (_, rule) => {
      rule.check({ driver: driver!, folder: createTemporaryFolder() });
    });
  });
}

describe("the number of an error of SQLite", () => {
  it("has the name that SQLite gives it, and stays beside the name of the code that it extends", () => {
    expect([5, 11, 13, 14, 26, 778, 1555, 99].map(nameOfNumber)).toEqual([
      "SQLITE_BUSY",
      "SQLITE_CORRUPT",
      "SQLITE_FULL",
      "SQLITE_CANTOPEN",
      "SQLITE_NOTADB",
      "SQLITE_IOERR_778",
      "SQLITE_CONSTRAINT_1555",
      "SQLITE_99",
    ]);
  });
});
