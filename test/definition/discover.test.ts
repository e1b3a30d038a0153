import { rm, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { discoverDomain } from "../../src/definition/read/discover.ts";
import { codesOf, createFolder } from "./domain-folder.ts";

test("follows a link to a folder and to a file, and passes over one that leads nowhere", async () => {
  const elsewhere = await createFolder({ "ticket-sale/index.ts": "", "ticket-sold.ts": "" });
  const folder = await createFolder({ "ticket/processes/": "", "ticket/events/": "" });
  await symlink(join(elsewhere, "ticket-sale"), join(folder, "ticket/processes/ticket-sale"));
  await symlink(join(elsewhere, "ticket-sold.ts"), join(folder, "ticket/events/ticket-sold.ts"));
  await symlink(join(elsewhere, "nowhere"), join(folder, "ticket/processes/another"));
  const { aggregates, diagnostics } = await discoverDomain(folder);
  expect(diagnostics).toEqual([]);
  expect(aggregates).toMatchObject([{ processes: [{ name: "ticket-sale" }], events: [{ name: "TicketSold" }] }]);
  expect(aggregates[0]?.processes[0]?.index).toBe(join(folder, "ticket/processes/ticket-sale/index.ts"));
});

test("lists what lies in the domain folder by aggregate, sorted, and says which role a handler has", async () => {
  const folder = await createFolder({
    "user/commands/invite-user.ts": "",
    "order/events/order-placed.ts": "",
    "order/events/order-fulfilled.mjs": "",
    "order/processes/order-lifecycle/on-order-placed.js": "",
    "order/processes/order-lifecycle/on-order-lifecycle-timed-out.mts": "",
    "order/processes/order-lifecycle/on-order-lifecycle-failed.ts": "",
    "order/processes/order-lifecycle/index.mts": "",
    "order/processes/another/index.ts": "",
  });
  const { aggregates, diagnostics } = await discoverDomain(folder);
  const rel = (path: string | undefined) => path && relative(folder, path);
  expect(diagnostics).toEqual([]);
  expect(aggregates.map(({ name }) => name)).toEqual(["order", "user"]);
  expect(aggregates[1]?.commands.map(({ name, file }) => [name, rel(file)])).toEqual([["inviteUser", "user/commands/invite-user.ts"]]);
  expect(aggregates[0]?.events.map(({ name }) => name)).toEqual(["OrderFulfilled", "OrderPlaced"]);
  expect(aggregates[0]?.processes.map(({ name, index }) => [name, rel(index)])).toEqual([
    ["another", "order/processes/another/index.ts"],
    ["order-lifecycle", "order/processes/order-lifecycle/index.mts"],
  ]);
  expect(aggregates[0]?.processes[1]?.handlers.map(({ name, eventType, role }) => [name, eventType, role])).toEqual([
    ["on-order-lifecycle-failed", "OrderLifecycleFailed", "failed"],
    ["on-order-lifecycle-timed-out", "OrderLifecycleTimedOut", "timedOut"],
    ["on-order-placed", "OrderPlaced", "event"],
  ]);
});

test("passes over declarations, tests, +types, node_modules, other endings and names beginning with _ or .", async () => {
  const folder = await createFolder({
    "order/processes/order-lifecycle/index.ts": "",
    "order/processes/order-lifecycle/index.d.ts": "",
    "order/processes/order-lifecycle/index.test.ts": "",
    "order/processes/order-lifecycle/on-order-placed.spec.mts": "",
    "order/processes/order-lifecycle/on-order-placed.d.mts": "",
    "order/processes/order-lifecycle/on-order-placed.json": "",
    "order/processes/order-lifecycle/_helper.ts": "",
    "order/processes/order-lifecycle/.hidden.ts": "",
    "order/processes/order-lifecycle/+types/on-order-placed.ts": "",
    "order/processes/order-lifecycle/lib/Anything.ts": "",
    "order/processes/_draft/whatever.ts": "",
    "order/processes/.draft/whatever.ts": "",
    "order/processes/+types/index.ts": "",
    "order/processes/__tests__/order.ts": "",
    "order/events/__tests__/order-placed.ts": "",
    "order/events/+types/order-placed.ts": "",
    "order/events/order-placed.test.js": "",
    "order/README.md": "",
    "_shared/events/order-placed.ts": "",
    "node_modules/events/order-placed.ts": "",
    "shared/money.ts": "",
  });
  const { aggregates, diagnostics } = await discoverDomain(folder);
  expect(diagnostics).toEqual([]);
  expect(aggregates.map(({ name }) => name)).toEqual(["order"]);
  expect(aggregates[0]?.events).toEqual([]);
  expect(aggregates[0]?.processes.map(({ name, handlers }) => [name, handlers])).toEqual([["order-lifecycle", []]]);
});

test("reads a folder that is named twice once", async () => {
  const folder = await createFolder({ "order/processes/order-lifecycle/index.ts": "" });
  const { aggregates } = await discoverDomain([folder, `${folder}/`]);
  expect(aggregates).toHaveLength(1);
});

test.each([
  ["order/events/OrderPlaced.ts", "NAME_NOT_KEBAB_CASE", "order-placed.ts"],
  ["order/commands/sendEmail.js", "NAME_NOT_KEBAB_CASE", "send-email.js"],
  ["order/processes/order_lifecycle/index.ts", "NAME_NOT_KEBAB_CASE", "order-lifecycle"],
  ["Order/processes/order-lifecycle/index.ts", "NAME_NOT_KEBAB_CASE", "order"],
  ["order/processes/order-lifecycle/on-orderPlaced.ts", "NAME_NOT_KEBAB_CASE", "on-order-placed.ts"],
  ["order/processes/order-lifecycle/order-placed.mts", "FILE_UNEXPECTED", "on-order-placed.mts"],
  ["order/processes/order-lifecycle.ts", "FILE_UNEXPECTED", "order-lifecycle/index.ts"],
])("reports %s and says where it belongs", async (path, code, better) => {
  const folder = await createFolder({ [path]: "" });
  const { diagnostics } = await discoverDomain(folder);
  expect(codesOf(diagnostics)).toEqual([code]);
  expect(diagnostics[0]?.file.startsWith(folder)).toBe(true);
  expect(diagnostics[0]?.fix).toContain(better);
});

test("reports a file that is there as source and as build output", async () => {
  const folder = await createFolder({
    "order/processes/order-lifecycle/index.js": "",
    "order/processes/order-lifecycle/index.ts": "",
    "order/processes/order-lifecycle/on-order-placed.js": "",
    "order/processes/order-lifecycle/on-order-placed.ts": "",
  });
  const { diagnostics } = await discoverDomain(folder);
  expect(codesOf(diagnostics)).toEqual(["FILE_DUPLICATE", "FILE_DUPLICATE"]);
  expect(diagnostics[0]?.reason).toContain("index.js");
});

test.each([".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"])(
  "finds %s files in every place of the convention",
  async (extension) => {
    const folder = await createFolder({
      [`order/events/order-placed${extension}`]: "",
      [`order/commands/send-email${extension}`]: "",
      [`order/processes/order-lifecycle/index${extension}`]: "",
      [`order/processes/order-lifecycle/on-order-placed${extension}`]: "",
    });
    const [order] = (await discoverDomain(folder)).aggregates;
    expect([
      order?.events.length,
      order?.commands.length,
      order?.processes[0]?.index?.endsWith(extension),
      order?.processes[0]?.handlers.length,
    ]).toEqual([1, 1, true, 1]);
  },
);

test("reports two handlers whose file names give one event", async () => {
  const folder = await createFolder({
    "order/processes/order-lifecycle/index.ts": "",
    "order/processes/order-lifecycle/on-step-2-done.ts": "",
    "order/processes/order-lifecycle/on-step2-done.ts": "",
    "order/processes/order-lifecycle/on-order-placed.ts": "",
  });
  const { aggregates, diagnostics } = await discoverDomain(folder);
  expect(diagnostics).toMatchObject([
    { code: "FILE_DUPLICATE", severity: "error", reason: "on-step-2-done.ts beside it is for the event Step2Done as well" },
  ]);
  expect(aggregates[0]?.processes[0]?.handlers.map(({ name }) => name)).toEqual(["on-order-placed", "on-step-2-done"]);
});

test("says both spellings of a name with capitals in a row", async () => {
  const { diagnostics } = await discoverDomain(await createFolder({ "order/events/KYCApproved.ts": "" }));
  expect(diagnostics[0]?.fix).toContain("Rename the file to kyc-approved.ts, or to k-y-c-approved.ts if the name has these very capitals");
});

describe("a misspelt folder", () => {
  test.each([
    ["order/process", "processes"],
    ["order/Processes", "processes"],
    ["order/proceses", "processes"],
    ["order/command", "commands"],
    ["order/COMMANDS", "commands"],
    ["order/event", "events"],
  ])("%s is an error that names the right one", async (path, right) => {
    const folder = await createFolder({ "order/processes/order-lifecycle/index.ts": "", [`${path}/order-lifecycle/index.ts`]: "" });
    await rm(join(folder, "order", right), { recursive: true, force: true });
    const { diagnostics } = await discoverDomain(folder);
    expect(diagnostics).toMatchObject([{ code: "FOLDER_MISNAMED", severity: "error", file: join(folder, path) }]);
    expect(diagnostics[0]?.reason).toContain(`did you mean ${right}?`);
  });

  test("is a warning where the right one is beside it or its folder is no aggregate, and nothing where its name begins with _ or is another word", async () => {
    const folder = await createFolder({
      "order/processes/order-lifecycle/index.ts": "",
      "order/process/clock.ts": "",
      "order/_command/helper.ts": "",
      "order/comments/comment.ts": "",
      "order/processors/stripe.ts": "",
      "shared/event/money.ts": "",
    });
    expect((await discoverDomain(folder)).diagnostics).toMatchObject([
      { code: "FOLDER_MISNAMED", severity: "warning", file: join(folder, "order/process") },
      { code: "FOLDER_MISNAMED", severity: "warning", file: join(folder, "shared/event") },
    ]);
  });

  test("is an error beside the right one, too, where its files would be read under that name", async () => {
    const folder = await createFolder({
      "order/processes/order-lifecycle/index.ts": "",
      "order/process/refund/index.ts": "",
      "order/commands/pay.ts": "",
      "order/Command/ship.ts": "",
      "order/event/README.md": "",
      "order/events/paid.ts": "",
    });
    expect((await discoverDomain(folder)).diagnostics).toMatchObject([
      { code: "FOLDER_MISNAMED", severity: "error", file: join(folder, "order/Command") },
      { code: "FOLDER_MISNAMED", severity: "warning", file: join(folder, "order/event") },
      { code: "FOLDER_MISNAMED", severity: "error", file: join(folder, "order/process") },
    ]);
  });

  describe("in the folder of a process", () => {
    const process = "order/processes/order-lifecycle";
    const look = async (files: readonly string[]) => {
      const folder = await createFolder(
        Object.fromEntries([`${process}/index.ts`, ...files.map((file) => `${process}/${file}`)].map((file) => [file, ""])),
      );
      return { folder, diagnostics: (await discoverDomain(folder)).diagnostics };
    };

    test.each([
      ["Migrations/1-to-2.ts", "migrations"],
      ["migration/1-to-2.ts", "migrations"],
      ["action/send-mail.ts", "actions"],
      ["ACTIONS/send-mail.ts", "actions"],
    ])("%s is an error that names the right one", async (file, right) => {
      for (const beside of [[], [right === "actions" ? "actions/ring.ts" : "migrations/2-to-3.ts"]]) {
        const { folder, diagnostics } = await look(["machine.ts", file, ...beside]);
        expect(diagnostics).toMatchObject([{ code: "FOLDER_MISNAMED", severity: "error", file: join(folder, process, dirname(file)) }]);
        expect(diagnostics[0]?.reason).toContain(`did you mean ${right}?`);
        expect(diagnostics[0]?.fix).toContain(`${process}/${right}`);
      }
    });

    test("is a warning where it may hold something else, and nothing where it is another word or begins with _", async () => {
      const { diagnostics } = await look([
        "action/helper.ts",
        "migratons/1-to-2.ts",
        "auctions/bid.ts",
        "_migration/1-to-2.ts",
        "mail/text.ts",
      ]);
      expect(diagnostics.map(({ severity, reason }) => [severity, reason])).toEqual([
        ["warning", "nothing is read in a folder action of a process; did you mean actions?"],
        ["warning", "nothing is read in a folder migratons of a process; did you mean migrations?"],
      ]);
    });
  });

  test("is one that lies beside the aggregates, but not an aggregate of such a name", async () => {
    const { diagnostics } = await discoverDomain(await createFolder({ "processes/order-lifecycle/index.ts": "" }));
    expect(diagnostics).toMatchObject([{ code: "FOLDER_MISNAMED", severity: "error" }]);
    expect(diagnostics[0]?.fix).toContain("<aggregate>/processes");
    expect((await discoverDomain(await createFolder({ "event/processes/ticket-sale/index.ts": "" }))).diagnostics).toEqual([]);
  });
});
