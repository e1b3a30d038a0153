import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createProcessSystem, ProcessError } from "perdure";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../src/system/load-config.ts";
import { createTemporaryFolder } from "./support/temporary-folder.ts";

const refusalOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (ProcessError.is(error) ? error : undefined),
  );

/** A project's folder as the working directory for the rest of the test. */
function enter(files: Readonly<Record<string, string>>, folder = "."): string {
  const root = realpathSync(createTemporaryFolder({ "package.json": '{"type":"module"}', ...files }));
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  mkdirSync(join(root, folder), { recursive: true });
  process.chdir(join(root, folder));
  return root;
}

describe("a config file", () => {
  test.each([".ts", ".mts", ".cts", ".js", ".mjs"])("may be perdure.config%s, and is found from a folder below it", async (extension) => {
    const root = enter({ [`perdure.config${extension}`]: 'export default { domain: "./domain" };' }, "a/b");
    expect((await loadConfig()).file).toBe(join(root, `perdure.config${extension}`));
  });

  test.each([
    ["perdure.config.cjs", 'module.exports = { domain: "./domain" };'],
    ["perdure.config.cts", 'export = { domain: "./domain" };'],
  ])("may be CommonJS: %s, %s", async (name, text) => {
    const root = enter({ "package.json": '{"type":"commonjs"}', [name]: text });
    expect((await loadConfig()).options.domain).toBe(join(root, "domain"));
  });

  test("is the one nearest to the main file of a program below the working directory, and the working directory's for a tool", async () => {
    const config = { "perdure.config.js": "export default {};", "dist/perdure.config.js": "export default {};", "app/package.json": "{}" };
    const root = enter(config);
    const before = process.argv[1]!;
    onTestFinished(() => void (process.argv[1] = before));
    const foundFor = async (main: string) => {
      process.argv[1] = main;
      return (await loadConfig()).file.slice(root.length + 1);
    };
    expect(await foundFor(join(root, "dist/src/main.js"))).toBe("dist/perdure.config.js");
    expect(await foundFor(join(root, "main.js"))).toBe("perdure.config.js");
    expect(await foundFor(join(root, "dist/node_modules/vitest/vitest.mjs"))).toBe("perdure.config.js");
    process.chdir("app");
    expect(await foundFor(join(root, "dist/main.js"))).toBe("perdure.config.js");
  });

  test("may import CommonJS packages by their default export, also those that Perdure has loaded", async () => {
    const ms = JSON.stringify(createRequire(import.meta.url).resolve("ms"));
    const root = enter({
      "perdure.config.ts": `import ms from ${ms}; const { default: again } = await import(${ms}); export default { domain: ["./" + ms(1_000), "./" + again(2_000)] };`,
    });
    expect((await loadConfig()).options.domain).toEqual([join(root, "1s"), join(root, "2s")]);
  });

  test("that cannot be looked at is not said to be missing", async () => {
    const root = enter({});
    symlinkSync("round", join(root, "round"));
    await expect(loadConfig("round/perdure.config.ts")).rejects.toMatchObject({
      code: "CONFIG_FILE_INVALID",
      message: expect.stringContaining("ELOOP") as string,
    });
    await expect(loadConfig("nowhere/perdure.config.ts")).rejects.toMatchObject({ code: "CONFIG_FILE_MISSING" });
  });

  test("names paths from its own folder, whatever the working directory", async () => {
    const root = enter(
      {
        "perdure.config.js":
          'export default { domain: ["./domain", "/other"], store: { path: "./db/a.db" }, processes: { dlq: { type: "sqlite", path: "dlq.db" } } };',
      },
      "a/b",
    );
    expect((await loadConfig()).options).toEqual({
      domain: [join(root, "domain"), "/other"],
      store: { path: join(root, "db/a.db") },
      processes: { dlq: { type: "sqlite", path: join(root, "dlq.db") } },
    });
  });

  test("puts the store beside itself where it says nothing, and leaves what is no path alone", async () => {
    const root = enter({ "perdure.config.js": "export default {};" }, "a");
    expect((await loadConfig()).options).toEqual({ store: { path: join(root, "perdure.db") } });
    const memory = join(enter({ "perdure.config.js": 'export default { store: { path: ":memory:" } };' }), "perdure.config.js");
    expect((await loadConfig(memory)).options).toEqual({ store: { path: ":memory:" } });
  });

  test.each<[string, string, string, RegExp]>([
    ["throws", 'throw new Error("no secrets");', "CONFIG_FILE_INVALID", /perdure\.config\.js throws when it is loaded: no secrets/],
    [
      "has no default export",
      "export const config = {};",
      "CONFIG_FILE_INVALID",
      /it has no default export\n.*export default defineConfig/,
    ],
    ["exports a function", "export default () => ({});", "CONFIG_FILE_INVALID", /default export has to be an object, and is a function/],
    ["does not parse", "export default {", "CONFIG_FILE_INVALID", /throws when it is loaded/],
  ])("that %s is refused with a sentence that says so", async (_, text, code, message) => {
    enter({ "perdure.config.js": text });
    const refusal = await refusalOf(loadConfig());
    expect(refusal?.code).toBe(code);
    expect(refusal?.message).toMatch(message);
  });

  test("that waits for a system which waits for it is refused with the way from one to the other", async () => {
    enter({
      "perdure.config.ts": 'import "./system.ts"; export default {};',
      // The system itself is not created: what matters is that nothing happens any more.
      "system.ts": "const createProcessSystem = () => new Promise(() => {}); await createProcessSystem();",
    });
    const refusal = await refusalOf(loadConfig(undefined, 300));
    expect(refusal?.code).toBe("CONFIG_FILE_INVALID");
    expect(refusal?.message).toContain("perdure.config.ts imports system.ts; that creates the system, which waits for this import");
  });

  test("that is named and not there, or not found at all, is refused", async () => {
    enter({});
    expect((await refusalOf(loadConfig("./other.config.ts")))?.code).toBe("CONFIG_FILE_MISSING");
    const refusal = await refusalOf(loadConfig());
    expect(refusal?.code).toBe("CONFIG_FILE_MISSING");
    expect(refusal?.message).toContain("perdure init");
  });
});

describe("createProcessSystem without arguments", () => {
  test("takes the options of the config found upwards from the working directory", async () => {
    const root = enter(
      {
        "perdure.config.ts": 'export default { domain: "./domain", store: { path: "./shop.db" } };',
        "domain/order/processes/order-lifecycle/index.ts":
          'export const config = ({ events }) => ({ startedBy: [events.OrderPlaced], completedBy: [events.OrderFulfilled], timeout: "1d" });',
        "domain/order/processes/order-lifecycle/on-order-placed.ts": "export async function handler() {}",
        "domain/order/processes/order-lifecycle/on-order-fulfilled.ts": "export async function handler() {}",
      },
      "scripts",
    );
    await using system = await createProcessSystem();
    expect(Object.keys(system.machines)).toEqual(["order/order-lifecycle"]);
    expect((await system.dispatch({ type: "OrderPlaced", aggregateId: "order-1" })).outcome).toBe("accepted");
    expect((await system.storage()).bytes).toBeGreaterThan(0);
    expect(realpathSync(join(root, "shop.db"))).toBe(join(root, "shop.db"));
  });

  test("is refused where there is no config", async () => {
    enter({});
    expect((await refusalOf(createProcessSystem()))?.code).toBe("CONFIG_FILE_MISSING");
  });
});
