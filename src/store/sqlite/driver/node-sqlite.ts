import { errorToText, ProcessError } from "../../../errors.ts";
import type { Driver } from "./database.ts";
import type { NodeConnection, NodeSqlite } from "./node-api.ts";
import { NodeDatabase } from "./node-database.ts";

/** The first Node whose `node:sqlite` tells whether a transaction is open, which Perdure has to know. */
export const OLDEST_NODE_WITH_SQLITE = "22.16";

/**
 * Loads `node:sqlite`, at which Node itself warns that it is experimental.
 * @throws ProcessError `DRIVER_UNUSABLE`
 */
export function loadNodeSqlite(require: (name: string) => unknown): Driver {
  const NodeSqlite = requireNodeSqlite(require);
  return {
    name: "node:sqlite",
    title: `node:sqlite of ${describeRuntime()}`,
    open: (path, options) => NodeDatabase.open(NodeSqlite, path, options),
  };
}

function requireNodeSqlite(require: (name: string) => unknown): NodeSqlite {
  let found: NodeSqlite;
  try {
    found = require("node:sqlite") as NodeSqlite;
  } catch (error) {
    throw new ProcessError("DRIVER_UNUSABLE", `${describeRuntime()} has no node:sqlite: ${errorToText(error).split("\n")[0]}`, {
      hint,
      cause: error,
    });
  }
  if (isComplete(found)) return found;
  throw refuseSilent();
}

function refuseSilent(): ProcessError {
  return new ProcessError("DRIVER_UNUSABLE", `the node:sqlite of ${describeRuntime()} does not tell whether a transaction is open`, {
    hint,
  });
}

function isTelling(connection: object): boolean {
  return "isTransaction" in connection && "location" in connection;
}

function isComplete({ DatabaseSync }: NodeSqlite): boolean {
  const connection = new DatabaseSync(":memory:");
  try {
    return isTelling(connection);
  } finally {
    connection.close();
  }
}

/** Whether something is a connection of `node:sqlite`, of any version of it. */
export function isNodeConnection(value: unknown): value is NodeConnection {
  return (
    typeof value === "object" &&
    value !== null &&
    ["prepare", "exec", "open", "close"].every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === "function")
  );
}

const hint = `Run Node ${OLDEST_NODE_WITH_SQLITE} or later, or use better-sqlite3.`;

const wrapped = new WeakMap<NodeConnection, NodeDatabase>();

/**
 * A connection of the program's in the shape of better-sqlite3's. It is the same for the same connection, because what is known of a connection is
 * remembered by it.
 * @throws ProcessError `STORE_UNAVAILABLE` if it is closed, `DRIVER_UNUSABLE`
 */
export function useNodeConnection(connection: NodeConnection): NodeDatabase {
  if (!isTelling(connection)) throw refuseSilent();
  if (!connection.isOpen && !wrapped.has(connection)) {
    throw new ProcessError("STORE_UNAVAILABLE", "the connection of node:sqlite given as store is closed", {
      hint: "Open it before the system starts, and keep it open while the system runs.",
    });
  }
  const known = wrapped.get(connection) ?? new NodeDatabase(connection, { name: connection.location() ?? ":memory:", isGiven: true });
  wrapped.set(connection, known);
  return known;
}

export function describeRuntime(): string {
  const { bun, node } = process.versions;
  return bun === undefined ? `Node ${node}` : `Bun ${bun}`;
}
