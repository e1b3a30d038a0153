// Opens the store at a path, and dies by SIGKILL where its migration comes to a statement.
import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, defineProcess } from "perdure";

const [path, statement] = process.argv.slice(2);
let hasBegun = false;
const database = new SqliteDatabase(path, {
  verbose: (sql) => {
    hasBegun ||= sql.trim().startsWith("DROP INDEX");
    if (hasBegun && sql.trim().startsWith(statement)) process.kill(process.pid, "SIGKILL");
  },
});
// So little that pages go to the log before the commit.
database.pragma("cache_size = 1");
const order = defineProcess({
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: [],
  timeout: "48h",
  on: {},
});
await createProcessSystem({ definitions: [order], store: database });
