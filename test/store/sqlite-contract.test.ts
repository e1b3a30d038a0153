import SqliteDatabase from "better-sqlite3";
import type { Store } from "perdure/store";
import { storeContract, type StoreUnderTest } from "perdure/testing/store-contract";
import { describe, onTestFinished, test as it } from "vitest";
import { openSqliteStore, useSqliteDatabase } from "../../src/store/sqlite/sqlite-store.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const underTest = (open: () => Store, isShared: boolean): StoreUnderTest => {
  const opened = () => {
    const store = open();
    onTestFinished(() => store.close());
    return store;
  };
  return { store: opened(), reopen: opened, ...(isShared && { connect: opened }) };
};

const adapters: Readonly<Record<string, () => StoreUnderTest>> = {
  "a file": () => {
    const path = createDatabasePath();
    return underTest(() => openSqliteStore({ path, synchronous: "normal" }), true);
  },
  "a connection in memory": () => {
    const database = new SqliteDatabase(":memory:");
    return underTest(() => useSqliteDatabase(database, "full"), false);
  },
};

describe.each(Object.entries(adapters))("an SQLite store in %s", (_, open) => {
  it.each(storeContract.map(({ name, check }) => [name, check] as const))("%s", (_, check) => check(open()));
});
