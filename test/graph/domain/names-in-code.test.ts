import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { findDispatched, findDispatchedCalls, findEventTypes } from "../../../src/graph/domain/names-in-code.ts";

describe("the commands that code dispatches", () => {
  it.each([
    ["await commands.packOrder({ aggregateId });", ["packOrder"]],
    ["commands.packOrder!({}), commands?.sendMail?.({}), commands!.cancelOrder!({})", ["packOrder", "sendMail", "cancelOrder"]],
    [`commands["packOrder"]!({}); commands?.['sendMail']({}); commands[\`cancelOrder\`]({})`, ["packOrder", "sendMail", "cancelOrder"]],
    ["const { packOrder, sendMail: mail, retry = 3 } = commands;", ["packOrder", "sendMail", "retry"]],
    ["export const handler = ({ event, commands: { packOrder, sendMail } }) => {};", ["packOrder", "sendMail"]],
    ["const run = args.commands\n  .packOrder;\nsystem.commands.packOrder({})", ["packOrder"]],
    ["const text = `the order ${commands.packOrder({ note: `in ${{ a: commands.sendMail }}` })} is packed`;", ["packOrder", "sendMail"]],
    ["const quote = /[\"'`/]/; commands.packOrder({});", ["packOrder"]],
    ["const half = total / 2; commands.packOrder({ half: half / 2 });", ["packOrder"]],
    ["const apostrophe = <p>Don't</p>;\ncommands.packOrder({});", ["packOrder"]],
    ["const größe = 1; commands.größeÄndern({});", ["größeÄndern"]],
  ])("are found in %s", (code, names) => {
    expect(findDispatched(code)).toEqual(names);
  });

  it.each([
    "// await commands.packOrder({});",
    "/* commands.packOrder */ 1; /** commands.sendMail({}) */",
    `log("commands.packOrder", 'commands.sendMail', \`commands.cancelOrder \${1} commands.printLabel\`);`,
    String.raw`log("\"commands.packOrder", 'it\'s commands.sendMail');`,
    "const pattern = /commands.packOrder/; pattern.test(text) && /[/]commands.sendMail/.exec(text);",
    "commands[name]({}); commands; const other = commands; mycommands.packOrder(); commandsOf.sendMail();",
    "const { a } = orders; const commands = { list: 1 };",
  ])("are not found in %s", (code) => {
    expect(findDispatched(code)).toEqual([]);
  });

  it.each([
    [`commands.remind({ aggregateId, delay: "7d" });`, [["remind", "7d"]]],
    [
      `commands.remind({ delay: "7d", aggregateId }); commands["remind"]({ aggregateId, delay: '12d' }); commands.remind({});`,
      [
        ["remind", "7d"],
        ["remind", "12d"],
        ["remind", undefined],
      ],
    ],
    ["commands.remind({ aggregateId, delay: 5_000 });", [["remind", "5000 ms"]]],
    ["commands.remind({ aggregateId, delay: days * 86_400_000 });", [["remind", "later"]]],
    ["commands.remind({ aggregateId, delay });", [["remind", "later"]]],
    [`commands.remind({ aggregateId, payload: { delay: "7d" } });`, [["remind", undefined]]],
    [
      `commands.remind(options); commands.pack({ note: "delay: 7d" });`,
      [
        ["remind", undefined],
        ["pack", undefined],
      ],
    ],
    [`const { remind } = commands; await remind({ aggregateId, delay: "7d" });`, [["remind", "7d"]]],
  ])("are found with how much later they are to run in %s", (code, calls) => {
    expect(findDispatchedCalls(code).map(({ name, delay }) => [name, delay])).toEqual(calls);
  });

  it("are found in any order of code, comments and texts, and only in the code", () => {
    const piece = fc.oneof(
      fc.constantFrom("commands.inCode({});", "const x = a / b;", "f(`a ${b} c`);", "if (x) { y(); }", "const r = /a[/]'b/g;", "'it'"),
      fc.constantFrom(
        "// commands.inComment 'x\n",
        "/* commands.inComment ` */",
        "'commands.inText'",
        '"// commands.inText";',
        "`/* commands.inText`;",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(findDispatched(pieces.join("\n"))).toEqual(pieces.includes("commands.inCode({});") ? ["inCode"] : []);
      }),
    );
  });

  it("are looked for to the end of whatever the text is", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("`", "${", "}", "{", "/", "'", '"', "\\", "\n", "commands", ".", "a", "*", "[", "=")),
        (parts) => {
          expect(Array.isArray(findDispatched(parts.join("")))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("the events that code gives", () => {
  const known = new Set(["OrderPacked", "OrderPlaced"]);

  it.each([
    [`return { type: "OrderPacked", aggregateId };`, ["OrderPacked"]],
    [`return [{ "type": 'OrderPlaced' as const }, { type: \`OrderPacked\` }];`, ["OrderPlaced", "OrderPacked"]],
    [`return { type: "OrderLost" }; // type: "OrderPlaced"`, []],
    [`return { type, kind: "OrderPacked" }; log('type: "OrderPlaced"'); f({ type: isNew ? "OrderPlaced" : "OrderPacked" })`, []],
  ])("are found in %s", (code, types) => {
    expect(findEventTypes(code, known)).toEqual(types);
  });
});
