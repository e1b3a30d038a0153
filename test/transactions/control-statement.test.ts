import { expect, test } from "vitest";
import { findControl } from "../../src/store/sqlite/control-statement.ts";

test.each([
  ["COMMIT", "COMMIT"],
  ["  -- a comment\n/* and another */ ; end transaction", "END"],
  ["INSERT INTO t VALUES ('a;b'); ROLLBACK", "ROLLBACK"],
  ["rollback transaction", "ROLLBACK"],
  ["SELECT 1;begin", "BEGIN"],
  ["CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM b; END; COMMIT", "COMMIT"],
  ["VACUUM INTO 'x'", "VACUUM"],
  ["ROLLBACK TO mine", undefined],
  ["ROLLBACK TRANSACTION TO SAVEPOINT mine", undefined],
  ["SAVEPOINT mine; RELEASE mine", undefined],
  ["INSERT INTO t VALUES ('; COMMIT;') -- ; COMMIT", undefined],
  ['SELECT "COMMIT;", `;COMMIT`, [;COMMIT] FROM t; ', undefined],
  ["CREATE TEMPORARY TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; UPDATE c SET d = 1; END", undefined],
  ["UPDATE t SET note = 'it''s; COMMIT'", undefined],
  ["", undefined],
])("%j begins with %s what is not for a transactional handler", (source, found) => {
  expect(findControl(source)).toBe(found);
});
