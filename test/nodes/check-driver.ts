// Holds the driver of that name to its rules and the store on it to the contract, in whatever runs this. It needs no test framework; esbuild makes
// one file of it. It prints each rule that is broken and then a line of JSON.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "../../src/store/contract/store-contract.ts";
import { type Driver, driverNames } from "../../src/store/sqlite/driver/database.ts";
import { loadDriver } from "../../src/store/sqlite/driver/load-driver.ts";
import { openSqliteStore, useSqliteDatabase } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { driverRules } from "../store/driver-rules.ts";

const driver = loadDriver(driverNames.find((name) => name === process.argv[2]));
const broken: string[] = [];
let kept = 0;

function attempt(name: string, check: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "perdure-driver-"));
  try {
    check(folder);
    kept += 1;
  } catch (error) {
    broken.push(name);
    console.error(name, error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkContract(kind: string, openStore: (folder: string, driver: Driver) => () => Store, isShared: boolean): void {
  for (const { name, check } of storeContract) {
    attempt(`${name}, ${kind}`, (folder) => {
      const stores: Store[] = [];
      const openAnew = openStore(folder, driver);
      const open = () => {
        const store = openAnew();
        stores.push(store);
        return store;
      };
      try {
        check({ store: open(), reopen: open, ...(isShared && { connect: open }) });
      } finally {
        for (const store of stores) store.close();
      }
    });
  }
}

for (const { name, check } of driverRules) attempt(name, (folder) => check({ driver, folder }));
checkContract(
  "in a file",
  (folder, { name }) =>
    () =>
      openSqliteStore({ path: join(folder, "perdure.db"), synchronous: "normal", driver: name }),
  true,
);
checkContract(
  "in memory",
  (_, { open }) => {
    const database = open(":memory:");
    return () => useSqliteDatabase(database, "full");
  },
  false,
);
console.log(JSON.stringify({ driver: driver.title, kept, broken }));
