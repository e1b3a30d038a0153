import { expect, test } from "vitest";
import { createPatientImport, IMPORT_LIMIT_MS, ImportUnsettledError } from "../../src/definition/read/patient-import.ts";
import { diagnose, orderLifecycle } from "./domain-folder.ts";

const never = () => new Promise<never>(() => {});

test("a file whose import does not come to an end is reported with the way to the module that creates the system, together with all else", async () => {
  const exports = { handler: () => {}, config: () => ({ startedBy: ["OrderPlaced"], completedBy: ["OrderFulfilled"], timeout: "7d" }) };
  const diagnostics = await diagnose(
    {
      ...orderLifecycle,
      "system.ts":
        'import { createProcessSystem } from "perdure";\nexport const system = await createProcessSystem({ domain: "./domain" });',
      "lib/services.ts": 'export { system } from "../system";',
      "order/commands/remind.ts": 'import { system } from "../../lib/services.js";',
      "order/commands/remind-again.ts": "",
      "order/commands/send.ts": "",
    },
    {
      importLimitMs: 50,
      importModule: (file) => (file.includes("remind") ? never() : Promise.resolve(file.includes("send") ? {} : exports)),
    },
  );
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ code, file }) => [code, file.split("/").at(-1)])).toEqual([
    ["IMPORT_UNSETTLED", "remind-again.ts"],
    ["IMPORT_UNSETTLED", "remind.ts"],
    ["HANDLER_INVALID", "send.ts"],
  ]);
  expect(errors[0]?.reason).toContain("awaits something at its top level that never happens");
  expect(errors[1]?.reason).toMatch(
    /order\/commands\/remind\.ts imports .*lib\/services\.ts, which imports .*system\.ts; that creates the system, which waits for this import$/,
  );
  expect(errors[1]?.fix).toContain("Create the system in a function");
});

test("an import that settles in time gives what it gives, and ten seconds are the limit", async () => {
  expect(IMPORT_LIMIT_MS).toBe(10_000);
  const exports = { one: 1 };
  expect(await createPatientImport(async () => exports, 50)("/a.ts")).toBe(exports);
  await expect(createPatientImport(never, 1)("/a.ts")).rejects.toThrow(ImportUnsettledError);
});
